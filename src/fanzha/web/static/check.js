"use strict";
// A picture may be dropped or pasted anywhere, and the button says that it is at work.
(() => {
  const form = document.querySelector("[data-check]");
  if (!form) return;
  const file = form.elements.picture, box = form.querySelector(".drop"), button = form.querySelector("button");
  const send = () => {  // the server refuses what is larger only after all of it has been sent
    const sent = file.files[0];
    file.setCustomValidity(sent && sent.size > Number(form.dataset.most) ? form.dataset.large : "");
    if (sent && file.reportValidity()) form.requestSubmit();
  };
  const take = (files) => {
    const pictures = [...files].filter((f) => f.type.startsWith("image/"));
    if (!pictures.length) return false;
    const list = new DataTransfer();
    list.items.add(pictures[0]);
    file.files = list.files;
    send();
    return true;
  };
  addEventListener("dragover", (event) => { event.preventDefault(); box.classList.add("over"); });
  addEventListener("dragleave", () => box.classList.remove("over"));
  addEventListener("drop", (event) => { event.preventDefault(); box.classList.remove("over"); take(event.dataTransfer.files); });
  addEventListener("paste", (event) => { if (take(event.clipboardData.files)) event.preventDefault(); });
  file.addEventListener("change", send);
  form.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(); });
  form.addEventListener("submit", () => { button.setAttribute("aria-busy", "true"); button.textContent = form.dataset.working; });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
