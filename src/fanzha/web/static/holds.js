"use strict";
// The key d opens the draft of the row that has the focus (of the first row, before any has).
(() => {
  const rows = [...document.querySelectorAll("[data-row]")];
  const mark = (row) => {
    for (const link of document.querySelectorAll("[data-draft][data-key]")) link.removeAttribute("data-key");
    row.querySelector("[data-draft]").dataset.key = "d";
  };
  if (rows.length) mark(rows.find((row) => `#${row.id}` === location.hash) || rows[0]);
  for (const row of rows) row.addEventListener("focusin", () => mark(row));
})();
