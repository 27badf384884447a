"use strict";
// The key `a` acknowledges the row in focus, or the first that waits, and goes on to the next.
(() => {
  const hits = document.getElementById("hits");
  const waiting = () => [...hits.querySelectorAll("[data-ack]")];
  const mark = () => {
    const row = document.activeElement.closest("#hits [data-row]");
    const own = (row && row.querySelector("[data-ack]")) || waiting()[0];
    for (const button of waiting()) {
      if (button === own) button.dataset.key = "a";
      else button.removeAttribute("data-key");
    }
  };
  hits.addEventListener("focusin", mark);
  hits.addEventListener("focusout", () => setTimeout(mark, 0));
  new MutationObserver(mark).observe(hits, { childList: true, subtree: true });
  hits.addEventListener("click", (event) => {
    const button = event.target.closest("[data-ack]");
    if (!button) return;
    const next = waiting()[waiting().indexOf(button) + 1];
    const row = next && next.closest("[data-row]");
    if (row) setTimeout(() => { row.tabIndex = -1; row.focus(); }, 0);
  });
  mark();
})();
