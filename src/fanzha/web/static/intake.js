"use strict";
// Words light up with the field that was read from them; drafts are copied and printed; dropped
// files show how far they have come. Without this script everything works as plain forms.
(() => {
  const read = document.getElementById("read");
  if (read) {
    let last = "";
    const light = (of, on) => {
      for (const mark of read.querySelectorAll("mark[data-of]")) {
        if (!mark.dataset.of.split(" ").includes(of)) continue;
        mark.classList.toggle("lit", on);
        if (on) mark.scrollIntoView({ block: "nearest" });
      }
    };
    read.addEventListener("focusin", (event) => { last = event.target.id; if (event.target.dataset.of) light(event.target.dataset.of, true); });
    read.addEventListener("focusout", (event) => { if (event.target.dataset.of) light(event.target.dataset.of, false); });
    read.addEventListener("click", (event) => {
      const mark = event.target.closest("mark[data-of]"), link = event.target.closest("a[href^='#f-']");
      const field = mark ? document.querySelector(`[name][data-of="${mark.dataset.of.split(" ")[0]}"]`) : link && document.getElementById(link.hash.slice(1));
      if (!field) return;
      event.preventDefault();
      const folded = field.closest("details");
      if (folded) folded.open = true;
      field.focus();
      if (field.select) field.select();
    });
    const words = document.getElementById("f-words");
    words.addEventListener("focus", () => { last = ""; });
    document.addEventListener("htmx:after:init", (event) => { // what was typed before the page was ready
      if (event.target.id === "intake" && words.value.trim() && !read.querySelector(".strip")) words.dispatchEvent(new Event("input", { bubbles: true }));
    });
    new MutationObserver(() => {
      const lost = last && document.activeElement === document.body && document.getElementById(last);
      if (lost) lost.focus();
    }).observe(read, { childList: true });
  }
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const pre = document.querySelector(button.dataset.copy);
      getSelection().selectAllChildren(pre);
      try { await navigator.clipboard.writeText(pre.textContent); } catch { document.execCommand("copy"); }
      button.firstChild.textContent = `${button.dataset.done} `;
    });
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
  const form = document.querySelector("[data-drop]");
  if (form) {
    const files = form.elements.files, box = form.querySelector(".drop"), shown = form.querySelector(".progress");
    const bar = shown.querySelector("progress"), said = shown.querySelector("span");
    addEventListener("dragover", (event) => { event.preventDefault(); box.classList.add("over"); });
    addEventListener("dragleave", () => box.classList.remove("over"));
    addEventListener("drop", (event) => {
      event.preventDefault();
      box.classList.remove("over");
      if (!event.dataTransfer.files.length) return;
      files.files = event.dataTransfer.files;
      form.requestSubmit();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const sending = new XMLHttpRequest();
      shown.hidden = false;
      sending.upload.addEventListener("progress", (step) => {
        if (!step.lengthComputable) return;
        bar.value = (100 * step.loaded) / step.total;
        said.textContent = step.loaded < step.total ? `${form.dataset.sending} ${Math.floor(bar.value)} %` : form.dataset.reading;
        if (step.loaded >= step.total) bar.removeAttribute("value");
      });
      sending.addEventListener("load", () => {
        if (sending.status < 400 && sending.responseURL) { location.assign(sending.responseURL); return; }
        const page = new DOMParser().parseFromString(sending.responseText, "text/html");
        for (const old of document.querySelectorAll("main > .problems")) old.remove();
        shown.hidden = true;
        form.closest("section").before(page.querySelector(".problems") || page.querySelector("main") || form.dataset.failed);
      });
      sending.addEventListener("error", () => { bar.value = 0; said.textContent = form.dataset.failed; });
      sending.open("POST", form.action);
      sending.send(new FormData(form));
    });
  }
})();
