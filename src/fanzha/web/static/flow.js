"use strict";
// The money flow: plays over time, shows the rows behind a band or an account, looks at one theft.
// The picture's geometry is read once; while it plays only what changes is touched.
(() => {
  const page = document.getElementById("flow");
  const data = JSON.parse(document.getElementById("flow-data").textContent);
  const pictures = [...page.querySelectorAll("svg.flow")];
  const $ = (id) => document.getElementById(id);
  for (const e of page.querySelectorAll("[data-script]")) e.hidden = false;

  // ---- what moves: each item has the part of it that is there now, and the part it goes to
  const WHOLE = 10000;
  const changes = data.times.map(() => []); // by instant: [item, value]
  const items = [];
  const add = (steps, item) => {
    item.steps = steps; item.now = 1; item.goal = 1;
    items.push(item);
    for (const [at, value] of steps) changes[at].push([item, value]);
  };
  const grows = (path) => {
    const full = path.getAttribute("d"), n = full.match(/-?[\d.]+/g).map(Number);
    const head = full.slice(0, full.indexOf("v"));
    const [x0, y0, a, , b, , x1, y1, h] = n;
    return (part) => {
      path.style.display = part > 0 ? "" : "none";
      if (part <= 0) return;
      if (part >= 1) { path.setAttribute("d", full); return; }
      const k = h * part;
      path.setAttribute("d", `${head}v${k.toFixed(2)}C${b} ${(y1 + k).toFixed(2)} ${a} ${(y0 + k).toFixed(2)} ${x0} ${(y0 + k).toFixed(2)}Z`);
    };
  };
  const fills = (rect) => {
    const full = Number(rect.getAttribute("height"));
    return (part) => rect.setAttribute("height", (full * part).toFixed(2));
  };
  const figure = (minor, decimals) => {
    const digits = String(Math.abs(minor)).padStart(decimals + 1, "0"), cut = digits.length - decimals;
    const whole = digits.slice(0, cut).replace(/\B(?=(\d{3})+$)/g, ",");
    return decimals ? `${whole}.${digits.slice(cut)}` : whole;
  };
  pictures.forEach((svg, number) => {
    const said = data.pictures[number];
    const ribbons = [...svg.querySelectorAll(".ribbons > .r")], nodes = [...svg.querySelectorAll(".nodes > .n")];
    said.ribbons.forEach((bands, i) => {
      const paths = ribbons[i].querySelectorAll("path.b");
      bands.forEach((steps, k) => add(steps, { show: grows(paths[k]), scale: WHOLE, soft: true }));
    });
    const begun = said.ribbons.map((bands) => Math.min(...bands.filter((s) => s.length).map((s) => s[0][0])));
    [...svg.querySelectorAll(".times text")].forEach((text, i) => {
      add([[begun[said.labels[i]], 1]], { show: (on) => text.classList.toggle("unseen", !on), scale: 1 });
    });
    said.nodes.forEach((node, i) => {
      const g = nodes[i];
      add([[node.seen, 1]], { show: (on) => g.classList.toggle("unseen", !on), scale: 1 });
      const boxes = g.querySelectorAll("rect.x");
      node.boxes.forEach((steps, k) => {
        if (steps) add(steps, { show: fills(boxes[k]), scale: WHOLE, soft: true });
        else if (boxes[k].classList.contains("bar")) add(node.full, { show: fills(boxes[k]), scale: WHOLE, soft: true });
      });
      if (node.there) {
        const line = g.querySelector(".sum"), text = document.createElementNS("http://www.w3.org/2000/svg", "tspan");
        text.setAttribute("class", "there");
        line.prepend(text);
        add(node.there, { show: (amount) => { text.textContent = amount > 0 ? figure(Math.round(amount), said.decimals) : ""; }, scale: 1 });
      }
    });
  });

  // ---- the clock: quiet times pass faster than they did
  const times = data.times, last = times.length - 1;
  const places = [0];
  for (let i = 1; i <= last; i++) places.push(places[i - 1] + Math.sqrt(Math.min(times[i] - times[i - 1], 86400)) + 0.6);
  const LEAD = Math.max(places[last] * 0.04, 0.5), LENGTH = LEAD + places[last]; // a breath before the first payment
  const SECONDS = Math.min(30, 7 + times.length * 0.08);
  const zone = new Intl.DateTimeFormat("sv-SE", { timeZone: data.zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const scrub = $("scrub"), clock = $("clock"), moved = $("moved"), button = $("play"), speed = $("speed");
  const label = button.querySelector("span");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const active = new Set();
  let at = LENGTH, upto = last, playing = false, before = 0, wanted = 0;

  const reached = (position) => { // the last instant that is not after this position
    let low = 0, high = last + 1;
    const p = position - LEAD + 1e-9;
    while (low < high) { const mid = (low + high) >> 1; if (places[mid] <= p) low = mid + 1; else high = mid; }
    return low - 1;
  };
  const instant = (position, i) => {
    if (i < 0) return times[0];
    if (i >= last) return times[last];
    const share = (position - LEAD - places[i]) / (places[i + 1] - places[i]);
    return times[i] + share * (times[i + 1] - times[i]);
  };
  const value = (steps, i) => {
    let low = 0, high = steps.length;
    while (low < high) { const mid = (low + high) >> 1; if (steps[mid][0] <= i) low = mid + 1; else high = mid; }
    return low ? steps[low - 1][1] : 0;
  };
  const aim = (item, raw) => {
    const goal = raw / item.scale;
    if (item.goal === goal) return;
    item.goal = goal;
    if (item.soft && !calm.matches) active.add(item);
    else { item.now = goal; active.delete(item); item.show(goal); }
  };
  const say = () => {
    const shown = zone.format(new Date(instant(at, upto) * 1000));
    if (clock.textContent !== shown) { clock.textContent = shown; scrub.setAttribute("aria-valuetext", shown); }
    const count = value(data.payments, upto).toLocaleString("en"), all = data.payments[data.payments.length - 1][1].toLocaleString("en");
    const words = moved.dataset.words.replace("{n}", count).replace("{all}", all);
    if (moved.textContent !== words) moved.textContent = words;
  };
  const go = (position) => {
    at = Math.max(0, Math.min(LENGTH, position));
    const next = reached(at);
    if (next > upto) { for (let i = upto + 1; i <= next; i++) for (const [item, raw] of changes[i]) aim(item, raw); }
    else if (next < upto) for (const item of items) aim(item, value(item.steps, next));
    upto = next;
    page.classList.toggle("moving", upto < last);
    const place = Math.round(1000 * at / LENGTH);
    if (document.activeElement !== scrub || playing) scrub.value = place;
    say();
    ask();
  };
  const ask = () => { if (!wanted && (playing || active.size)) wanted = requestAnimationFrame(frame); };
  const frame = (now) => {
    wanted = 0;
    const passed = Math.min(100, before ? now - before : 16);
    before = now;
    if (playing) {
      if (at >= LENGTH) stop(); else go(at + LENGTH * Number(speed.value) * passed / 1000 / SECONDS);
    }
    const share = 1 - Math.exp(-passed / 110);
    for (const item of active) {
      item.now += (item.goal - item.now) * share;
      if (Math.abs(item.goal - item.now) < 0.004) { item.now = item.goal; active.delete(item); }
      item.show(item.now);
    }
    ask();
    if (!wanted) before = 0;
  };
  const tell = () => {
    button.classList.toggle("on", playing);
    label.textContent = playing ? label.dataset.pause : label.dataset.play;
  };
  const start = () => { if (at >= LENGTH) go(0); playing = true; before = 0; tell(); ask(); };
  const stop = () => { playing = false; tell(); };
  button.addEventListener("click", () => { if (playing) stop(); else start(); });
  scrub.addEventListener("input", () => { stop(); go(LENGTH * scrub.value / 1000); });
  const step = (by) => {
    stop();
    const exact = upto >= 0 && Math.abs(at - LEAD - places[upto]) < 1e-6;
    const next = by > 0 ? upto + 1 : exact || upto < 0 ? upto - 1 : upto;
    go(next < 0 ? 0 : LEAD + places[Math.min(next, last)]);
    scrub.value = Math.round(1000 * at / LENGTH);
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const on = event.target, busy = on.closest("input:not([type=range]), select, textarea, [contenteditable]");
    if (event.key === " " && !busy && !on.closest("button, a, summary")) { event.preventDefault(); button.click(); }
    const sideways = on.closest(".scroll, .behind") && on.scrollWidth > on.clientWidth;
    if ((event.key === "ArrowRight" || event.key === "ArrowLeft") && !busy && !sideways) { event.preventDefault(); step(event.key === "ArrowRight" ? 1 : -1); }
  });
  say();

  // ---- one theft alone
  const theft = $("theft");
  if (theft) theft.addEventListener("change", () => {
    const [picture, name] = theft.value.split(" ");
    pictures.forEach((svg, number) => {
      svg.classList.toggle("filtered", theft.value !== "");
      for (const part of svg.querySelectorAll(".r, .n, .r .b, .n .x, .times text, .of")) {
        const mine = theft.value === "" || (Number(picture) === number && part.classList.contains(name)) || part.classList.contains("own") || part.classList.contains("bar");
        part.classList.toggle("off", !mine);
        part.classList.toggle("on", theft.value !== "" && Number(picture) === number && part.classList.contains(name));
      }
    });
  });

  // ---- the rows behind
  const panel = $("behind"), body = panel.querySelector("tbody"), more = panel.querySelector("[data-all]"), failed = panel.querySelector("[data-failed]");
  let pinned = null, shown = null, closed = false; // closed: until the pointer moves, what lies under it stays silent
  const cell = (row, text, kind) => { const made = row.insertCell(); made.textContent = text; if (kind) made.className = kind; };
  const place = () => {
    const box = shown.getBoundingClientRect(), below = box.bottom + 8 + panel.offsetHeight < innerHeight;
    const inside = (where, size, room) => `${Math.max(8, Math.min(where, room - size - 8))}px`;
    panel.style.setProperty("top", inside(below ? box.bottom + 8 : box.top - panel.offsetHeight - 8, panel.offsetHeight, innerHeight));
    panel.style.setProperty("left", inside(box.left, panel.offsetWidth, innerWidth));
  };
  const show = (target) => {
    const [title, rows, rest] = data.entries[Number(target.dataset.e)];
    panel.querySelector("b").textContent = title;
    body.replaceChildren();
    for (const [number, whose, share] of rows) {
      const [seen, when, from, to, amount, currency] = data.rows[number], row = body.insertRow();
      cell(row, when, "time"); cell(row, `${from} → ${to}`, "acct"); cell(row, `${amount} ${currency}`, "num"); cell(row, `${whose} ${share}`, "num"); cell(row, seen, "code");
    }
    more.hidden = rest === 0;
    more.textContent = more.dataset.words.replace("{n}", rest.toLocaleString("en"));
    failed.hidden = true;
    panel.hidden = rows.length === 0;
    shown = target;
    place();
  };
  const hide = () => { panel.hidden = true; pinned = null; };
  const pin = (target) => { pinned = target; show(target); panel.classList.add("pinned"); };
  more.addEventListener("click", async () => {
    const target = shown, address = `${page.dataset.rows}?method=${page.dataset.method}&entry=${target.dataset.e}`;
    try {
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      if (shown !== target) return;
      body.innerHTML = text;
      more.hidden = true;
      failed.hidden = true;
      place();
    } catch { failed.hidden = false; }
  });
  for (const target of page.querySelectorAll("[data-e]")) {
    const title = target.querySelector("title");
    if (title) { target.setAttribute("aria-label", title.textContent); title.remove(); }
    target.setAttribute("role", "img");
    target.setAttribute("tabindex", "0");
    target.addEventListener("mouseenter", () => { if (!pinned && !closed) { panel.classList.remove("pinned"); show(target); } });
    target.addEventListener("mouseleave", () => { if (!pinned) hide(); });
    target.addEventListener("focus", () => { if (!pinned && target.matches(":focus-visible")) show(target); });
    target.addEventListener("blur", () => { if (!pinned) hide(); });
    target.addEventListener("click", () => { if (pinned === target) hide(); else pin(target); });
    target.addEventListener("keydown", (event) => {
      if (event.key === "Enter") { event.preventDefault(); event.stopPropagation(); pin(target); (more.hidden ? panel.querySelector("[data-close]") : more).focus(); }
    });
  }
  addEventListener("mousemove", (event) => { if (event.movementX || event.movementY) closed = false; }, { passive: true });
  panel.querySelector("[data-close]").addEventListener("click", () => { const back = pinned; closed = true; hide(); if (back) back.focus(); });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) { closed = true; const back = panel.contains(document.activeElement) ? pinned : null; hide(); if (back) back.focus(); }
  });
  addEventListener("scroll", (event) => {
    if (panel.hidden || panel.contains(event.target)) return;
    if (shown === pinned || shown === document.activeElement) place(); else hide();
  }, { passive: true, capture: true });
})();
