// Makes the pages livelier; without it every form still works. Forms marked data-enhance are posted in the
// background, and the regions of the answered page take the place of the old ones. Nothing is built from text.

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
    const label = button?.getAttribute("aria-label");
    show(await load(form.getAttribute("action"), new URLSearchParams(new FormData(form, button))));
    keepFocus(label);
  } catch {
    form.removeAttribute("data-enhance");
    form.requestSubmit(button);
  } finally {
    busy = false;
    form.removeAttribute("aria-busy");
  }
}

// Reads a page as a document without a sink that Trusted Types would have to allow; nothing in it runs.
const load = (address, body) => new Promise((found, refuse) => {
  const call = new XMLHttpRequest();
  call.open(body ? "POST" : "GET", address);
  Object.assign(call, { responseType: "document", timeout: TIMEOUT_MS, onerror: refuse, ontimeout: refuse });
  call.onload = () => (call.status < 400 && call.response ? found(call.response) : refuse(new Error(String(call.status))));
  call.send(body);
});

function show(page) {
  for (const old of document.querySelectorAll("[data-region]")) {
    const fresh = page.querySelector(`[data-region="${CSS.escape(old.dataset.region)}"]`);
    if (!fresh || fresh.innerHTML === old.innerHTML) continue;
    if (old instanceof HTMLDetailsElement) fresh.open = old.open;
    const mine = document.adoptNode(fresh);
    if (mine.dataset.region !== "top") mine.classList.add("arrived");
    old.replaceWith(mine);
  }
}

function keepFocus(label) {
  const count = document.querySelector(".tool-cart");
  document.getElementById("status").textContent = count?.getAttribute("aria-label") ?? "";
  const again = label && document.querySelector(`button[aria-label="${CSS.escape(label)}"]`);
  if (document.activeElement === document.body) (again || document.getElementById("content")).focus({ preventScroll: true });
}

// The elements fill our cards with what they know; the form that puts a product into the cart is ours.
document.addEventListener("rec:shown", ({ target }) => {
  for (const card of target.querySelectorAll("li[data-item]")) {
    card.querySelector("[name=item_id]").value = card.dataset.item;
    const button = card.querySelector("button");
    button.setAttribute("aria-label", button.dataset.label.replace("{title}", card.querySelector(".card-title").textContent));
  }
});

// An answer changes the shelves, what they rest on, and what the panel says.
document.addEventListener("quiz:answered", async () => {
  for (const slate of document.querySelectorAll("rec-slate")) slate.refresh();
  show(await load(location.pathname + location.search).catch(() => document));
});

// Who follows a link to the panel wants to read it.
const openPanel = () => { if (location.hash === "#panel") document.getElementById("panel").open = true; };
addEventListener("hashchange", openPanel);
openPanel();
