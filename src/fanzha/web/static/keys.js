"use strict";
// Keys and clocks. `data-key="g q"` on a link, button or field: that key, or keys one after the
// other, click it (a field is focused). `data-key="Ctrl+Enter"` works while typing too. j and k go
// through rows marked `data-row`, Enter opens a row's first link. `?` lists what the page has.
(() => {
  const dialog = document.getElementById("keys");
  const typing = (e) => e.closest("input:not([type=checkbox], [type=radio], [type=submit]), textarea, select, [contenteditable]");
  const shown = (e) => e.getClientRects().length > 0;
  const all = () => [...document.querySelectorAll("[data-key]")].filter((e) => !e.disabled);
  const words = (e) => {
    const copy = e.cloneNode(true);
    for (const kbd of copy.querySelectorAll("kbd")) kbd.remove();
    return copy.textContent.trim();
  };
  const named = (e) => e.dataset.keyLabel || e.getAttribute("aria-label") || words(e.labels && e.labels[0] || e);
  const press = (event) => (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (event.altKey ? "Alt+" : "") + event.key;
  let begun = "", timer = 0;

  const use = (e) => {
    if (typing(e)) { e.focus(); if (e.select) e.select(); } else e.click();
  };
  const step = (by) => {
    const rows = [...document.querySelectorAll("[data-row]")].filter(shown);
    if (!rows.length) return false;
    const at = rows.indexOf(document.activeElement.closest("[data-row]"));
    const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, at + by))];
    next.tabIndex = -1;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  };
  const list = () => {
    const dl = dialog.querySelector("dl"), note = dialog.querySelector(".note"), seen = new Set();
    dl.replaceChildren();
    for (const e of all()) {
      if (seen.has(e.dataset.key) || !shown(e)) continue;
      seen.add(e.dataset.key);
      const dt = document.createElement("dt"), dd = document.createElement("dd");
      for (const key of e.dataset.key.split(" ")) {
        const kbd = document.createElement("kbd");
        kbd.textContent = key;
        dt.append(kbd);
      }
      dd.textContent = named(e);
      dl.append(dt, dd);
    }
    note.hidden = !document.querySelector("[data-row]");
    note.textContent = note.dataset.words;
    dialog.showModal();
  };

  addEventListener("keydown", (event) => {
    if (event.isComposing || dialog.open) return;
    const key = press(event), field = typing(event.target);
    if (field && event.key === "Escape") { field.blur(); return; }
    if (key === "Shift" || (field && !/^(Ctrl|Alt)\+./.test(key))) return;
    const wanted = begun ? `${begun} ${key}` : key;
    clearTimeout(timer);
    begun = "";
    const found = all().find((e) => e.dataset.key === wanted) || all().find((e) => e.dataset.key === key);
    if (found) { event.preventDefault(); use(found); return; }
    if (all().some((e) => e.dataset.key.startsWith(`${wanted} `))) {
      begun = wanted;
      timer = setTimeout(() => { begun = ""; }, 1200);
    } else if (key === "?") list();
    else if (key === "j" || key === "k") { if (step(key === "j" ? 1 : -1)) event.preventDefault(); }
    else if (key === "Enter" && event.target.matches("[data-row]")) {
      const link = event.target.querySelector("a[href], button");
      if (link) link.click();
    }
  });
  for (const opener of document.querySelectorAll("[data-keys-open]")) {
    opener.hidden = false;
    opener.addEventListener("click", () => { opener.closest("details").open = false; list(); });
  }
  addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  for (const here of document.querySelectorAll(".ways [aria-current], .tabs [aria-current]")) here.scrollIntoView({ block: "nearest", inline: "center" });

  // Clocks tick from the server's instant, whatever the clock of this machine says.
  const drift = Date.parse(document.documentElement.dataset.now) - Date.now() || 0;
  const text = (seconds) => {
    const s = Math.max(0, Math.floor(seconds)), two = (n) => String(n).padStart(2, "0");
    const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
    return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
  };
  const tick = () => {
    const at = Date.now() + drift;
    for (const e of document.querySelectorAll("time[data-until]")) {
      const left = (Date.parse(e.dataset.until) - at) / 1000;
      e.textContent = left > 0 ? text(left) : e.dataset.over;
      e.classList.toggle("over", left <= 0);
      e.classList.toggle("soon", left > 0 && left <= Number(e.dataset.warn));
    }
    for (const e of document.querySelectorAll("time[data-since]")) e.textContent = text((at - Date.parse(e.dataset.since)) / 1000);
  };
  tick();
  setInterval(tick, 1000);
})();
