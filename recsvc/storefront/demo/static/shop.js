// Makes the pages livelier; without it every form still works. Forms marked data-enhance are posted in the
// background and the regions of the answered page take the place of the old ones. Nothing is built from text.

const TIMEOUT_MS = 8000;
let busy = false;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-enhance") || event.defaultPrevented) return;
  event.preventDefault();
  if (!busy) send(form, event.submitter);
});

async function send(form, button) {
  busy = true;
  form.setAttribute("aria-busy", "true");
  try {
    const body = new URLSearchParams(new FormData(form, button));
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!answer.ok) throw new Error(String(answer.status));
    show(new DOMParser().parseFromString(await answer.text(), "text/html"), form, button);
  } catch {
    form.removeAttribute("data-enhance");
    form.requestSubmit(button);
  } finally {
    busy = false;
    form.removeAttribute("aria-busy");
  }
}

function show(page, form, button) {
  const label = button?.getAttribute("aria-label");
  const asked = form.hasAttribute("data-quiz");
  for (const old of document.querySelectorAll("[data-region]")) {
    const fresh = page.querySelector(`[data-region="${CSS.escape(old.dataset.region)}"]`);
    if (!fresh || fresh.innerHTML === old.innerHTML) continue;
    if (old instanceof HTMLDetailsElement) fresh.open = old.open;
    const mine = document.adoptNode(fresh);
    if (mine.dataset.region !== "top") mine.classList.add("arrived");
    old.replaceWith(mine);
  }
  if (asked) tell(document.getElementById("quiz-question"));
  else keepFocus(label);
}

function tell(heading) {
  if (!heading) return;
  heading.focus({ preventScroll: true });
  const { top, bottom } = heading.getBoundingClientRect();
  if (top < 80 || bottom > innerHeight) document.getElementById("quiz").scrollIntoView({ block: "start" });
}

function keepFocus(label) {
  const count = document.querySelector(".tool-cart");
  document.getElementById("status").textContent = count?.getAttribute("aria-label") ?? "";
  const again = label && document.querySelector(`button[aria-label="${CSS.escape(label)}"]`);
  if (document.activeElement === document.body) (again || document.getElementById("content")).focus({ preventScroll: true });
}

// An open reason closes when another opens, on Escape, and on a click elsewhere.
const openReasons = () => document.querySelectorAll("details[data-popover][open]");

document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.("details[data-popover][open]")) return;
  for (const other of openReasons()) if (other !== event.target) other.open = false;
}, true);

document.addEventListener("click", (event) => {
  for (const one of openReasons()) if (!one.contains(event.target)) one.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const one of openReasons()) {
    one.open = false;
    if (one.contains(document.activeElement)) one.querySelector("summary").focus();
  }
});
