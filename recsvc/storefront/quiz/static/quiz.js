// Makes the quiz pages easier to use; without it every form still works. Nothing is built from text.

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-disabled", "true");
  });
}
// A page that comes back out of the history may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
  }
});

// Half of the title for a second, as products are seen; its hidden fields say of what. Strangers' pages say nothing.
for (const form of document.querySelectorAll("form[data-seen]")) {
  let timer;
  const eye = new IntersectionObserver(([{ isIntersecting }]) => {
    clearTimeout(timer);
    if (isIntersecting) timer = setTimeout(told, 1000);
  }, { threshold: 0.5 });
  const told = () => {
    eye.disconnect();
    const hidden = [...form.querySelectorAll("[type=hidden]")].map(({ name, value }) => [name, value]);
    navigator.sendBeacon(form.dataset.seen, new URLSearchParams(hidden));
  };
  eye.observe(form.querySelector(".question-title"));
}

for (const number of document.querySelectorAll("[data-number]")) {
  const field = number.querySelector("[type=number]");
  const slider = number.querySelector("[type=range]");
  const paint = () => {
    if (!slider) return;
    slider.hidden = false;
    const share = (slider.value - slider.min) / (slider.max - slider.min || 1);
    slider.style.setProperty("--at", `${100 * share}%`);
  };
  const follow = () => { if (slider && field.value !== "") slider.value = field.value; paint(); };
  slider?.addEventListener("input", () => { field.value = slider.value; paint(); });
  field.addEventListener("input", follow);
  for (const button of number.querySelectorAll("[data-step]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      if (button.dataset.step > 0) field.stepUp(); else field.stepDown();
      follow();
    });
  }
  follow();
}

// "None of these" and the others exclude each other; what is over the limit cannot be ticked.
for (const choices of document.querySelectorAll("[data-most]")) {
  const boxes = [...choices.querySelectorAll("[type=checkbox]")];
  const limit = () => {
    const full = boxes.filter((box) => box.checked).length >= Number(choices.dataset.most);
    for (const box of boxes) box.disabled = full && !box.checked && !("alone" in box.dataset);
  };
  choices.addEventListener("change", ({ target }) => {
    const alone = "alone" in target.dataset;
    if (target.checked) for (const box of boxes) if (box !== target && (alone || "alone" in box.dataset)) box.checked = false;
    limit();
  });
  addEventListener("pageshow", limit);
}

// Rankings: a tap gives the next place, another takes it away; the lists beneath stay what is sent.
for (const ranks of document.querySelectorAll("[data-rank]")) {
  const rows = [...ranks.children].map((row) => {
    const select = row.querySelector("select");
    const button = document.createElement("button");
    const place = document.createElement("span");
    button.type = "button";
    button.className = "rank-button";
    place.className = "rank-place";
    button.append(place, row.querySelector(".choice-text").cloneNode(true));
    row.querySelector("label").hidden = true;
    row.append(button);
    return { select, button, place };
  });
  const placed = () => rows.filter((row) => row.select.selectedIndex > 0).sort((a, b) => a.select.selectedIndex - b.select.selectedIndex);
  const show = () => {
    placed().forEach((row, at) => { row.select.selectedIndex = at + 1; });
    for (const row of rows) {
      const at = row.select.selectedIndex;
      row.place.textContent = at > 0 ? at : "";
      row.button.setAttribute("aria-pressed", String(at > 0));
    }
  };
  for (const row of rows) {
    row.button.addEventListener("click", () => {
      row.select.selectedIndex = row.select.selectedIndex > 0 ? 0 : placed().length + 1;
      show();
    });
  }
  addEventListener("pageshow", show);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).href);
    button.textContent = button.dataset.copied;
  });
}
