"use strict";
(() => {
  const root = document.documentElement;
  const data = JSON.parse(document.getElementById("data").textContent);
  const panel = document.getElementById("behind");
  const body = panel.querySelector("tbody");
  let pinned = null;
  let shown = null;

  const set = (name, value) => {
    root.dataset[name] = value;
    if (name === "lang") {
      root.lang = value;
      const key = `say${value.replace("-", "")}`.toLowerCase();
      for (const plain of document.querySelectorAll("[data-sayen]")) plain.textContent = plain.dataset[key];
    }
    hide();
  };
  for (const input of document.querySelectorAll("input[data-sets]")) {
    input.addEventListener("change", () => set(input.dataset.sets, input.value));
  }

  const only = (theft) => {
    root.classList.toggle("filtered", theft !== "");
    for (const part of document.querySelectorAll(".r, .n, .r .b, .n .x, .times text, .of, [data-theft]")) {
      const classes = part.classList;
      const mine = theft === "" || classes.contains(theft) || classes.contains("own") || classes.contains("bar");
      classes.toggle("off", !mine);
      classes.toggle("on", theft !== "" && classes.contains(theft));
    }
  };
  const thefts = document.getElementById("thefts");
  if (thefts) thefts.addEventListener("change", () => only(thefts.value));

  const cell = (row, text, kind) => {
    const made = row.insertCell();
    made.textContent = text;
    if (kind) made.className = kind;
  };
  const show = (target) => {
    const [title, rows, more] = data.entries[Number(target.dataset.e)];
    panel.querySelector("b").textContent = title;
    body.replaceChildren();
    for (const [number, theft, share] of rows) {
      const [seen, at, from, to, amount, currency] = data.rows[number];
      const row = body.insertRow();
      cell(row, at);
      cell(row, `${from} → ${to}`);
      cell(row, `${amount} ${currency}`, "num");
      cell(row, `${theft} ${share}`, "num");
      cell(row, seen, "code");
    }
    const rest = panel.querySelector(".rest");
    rest.hidden = more === 0;
    rest.querySelector("output").textContent = `+${more}`;
    panel.hidden = rows.length === 0;
    shown = target;
    place();
  };
  const place = () => {
    const box = shown.getBoundingClientRect();
    const below = box.bottom + 8 + panel.offsetHeight < innerHeight;
    const top = below ? box.bottom + 8 : box.top - panel.offsetHeight - 8;
    const inside = (at, size, room) => `${Math.max(8, Math.min(at, room - size - 8))}px`;
    panel.style.setProperty("top", inside(top, panel.offsetHeight, innerHeight));
    panel.style.setProperty("left", inside(box.left, panel.offsetWidth, innerWidth));
  };
  const hide = () => { panel.hidden = true; pinned = null; };

  for (const target of document.querySelectorAll("[data-e]")) {
    const title = target.querySelector("title");
    if (title) {
      target.setAttribute("aria-label", title.textContent);
      title.remove();
    }
    target.addEventListener("mouseenter", () => { if (!pinned) show(target); });
    target.addEventListener("mouseleave", () => { if (!pinned) hide(); });
    target.addEventListener("focus", () => show(target));
    target.addEventListener("blur", hide);
    target.addEventListener("click", () => { pinned = pinned === target ? null : target; show(target); });
  }
  panel.querySelector("button").addEventListener("click", hide);
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  const scrolled = () => {
    if (panel.hidden) return;
    if (shown === pinned || shown === document.activeElement) place(); else hide();
  };
  addEventListener("scroll", scrolled, { passive: true, capture: true });
  addEventListener("beforeprint", () => { for (const d of document.querySelectorAll("details")) d.open = true; });

  root.classList.add("js");
  set("lang", root.dataset.lang);
})();
