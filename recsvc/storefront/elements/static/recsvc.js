// Fills <rec-slate>, loads <rec-quiz> when it is near. What fails leaves the shop's own content. Texts of the
// catalogue are never HTML.

import { call, complain, context, later, locale, mayFollow, pageItem, told, visitor } from "./page.js";

const MARK = Symbol.for("recsvc");
const MOST_PLACEMENTS = 20; // of one call
const NEAR = "400px";

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value ?? false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter(Boolean));
  return made;
}
export const part = (name, kind, ...children) => element(name, { part: kind, class: `rec-${kind}` }, ...children);

export function safe(address, base = document.baseURI) {
  try {
    const url = new URL(address, base);
    return /^https?:$/.test(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}
// The service writes what it can: the first number that a browser formats takes it 20 ms.
function money(amount, currency) {
  if (typeof amount !== "number") return undefined;
  try {
    return amount.toLocaleString(locale, { style: "currency", currency });
  } catch {
    return `${amount} ${currency ?? ""}`.trim(); // not a currency that this browser knows
  }
}

function shownAs({ card, reason }) {
  const price = card.sale_price ?? card.price;
  return {
    title: card.title,
    price: card.price_text ?? money(price, card.currency),
    before: price < card.price ? card.before_text ?? money(card.price, card.currency) : undefined,
    reason: reason?.text,
    link: card.link && safe(card.link),
    picture: card.picture && safe(card.picture),
  };
}
function ownCard(shown) {
  const link = part(shown.link ? "a" : "span", "link");
  if (shown.link) link.href = shown.link;
  let picture = part("span", "picture", String(shown.title).slice(0, 1));
  picture.ariaHidden = "true";
  if (shown.picture) {
    const letter = picture;
    picture = part("img", "picture");
    Object.assign(picture, { alt: "", width: 320, height: 320, loading: "lazy", decoding: "async" });
    picture.addEventListener("error", () => picture.replaceWith(letter), { once: true });
    picture.src = shown.picture;
  }
  const price = part("span", "price", shown.before ? part("s", "before", shown.before) : "", " ", shown.price ?? "");
  link.append(picture, part("span", "title", shown.title), price);
  return [link, part("p", "reason", shown.reason ?? "")];
}
function filled(template, shown) {
  const made = template.content.cloneNode(true);
  for (const place of made.querySelectorAll("[data-rec]")) {
    const name = place.dataset.rec;
    const value = shown[name];
    if (value === undefined) place.hidden = true;
    else if (name === "link") place.href = value;
    else if (name === "picture") place.src = value;
    else place.textContent = value;
  }
  return made;
}

// A list of products; nothing waits for the code that reports.
export function products(host, slate, { template, label } = {}) {
  const list = part("ul", "list");
  list.setAttribute("role", "list"); // Safari forgets it where the list has no bullets
  if (label) list.setAttribute("aria-label", label);
  for (const one of slate.items.filter((item) => typeof item?.card?.title === "string")) {
    const shown = shownAs(one);
    const card = part("li", "card", ...(template ? [filled(template, shown)] : ownCard(shown)));
    card.dataset.item = one.id;
    list.append(card);
  }
  const { placement, slate_id } = slate;
  list.addEventListener("click", ({ target }) => {
    const item = target.closest("a, button")?.closest("li").dataset.item;
    if (item) tell(host, "rec:click", { item, placement, slate_id });
  });
  if (mayFollow()) later("events.js").then((events) => events.watch(list, slate_id)).catch(complain);
  return list;
}
export const tell = (host, name, detail) => host.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));

export function sheetOf(css) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return sheet;
}
export const CARDS = sheetOf(`
  :host { display: block; color: inherit; font: inherit; }
  .rec-head { display: flex; align-items: center; gap: 1rem; min-block-size: 3rem; }
  .rec-heading { margin: 0; flex: 1; font: inherit; font-size: 1.25em; font-weight: 700; line-height: 1.3; }
  .rec-list { display: grid; gap: var(--rec-gap, 1rem); margin: 0; padding: 0; list-style: none; }
  :host(:not([layout=grid])) .rec-list { grid-auto-flow: column; grid-auto-columns: var(--rec-card-width, 10rem);
    justify-content: start; overflow-x: auto; scroll-snap-type: x proximity; scrollbar-width: thin; }
  :host([layout=grid]) .rec-list { grid-template-columns: repeat(auto-fill, minmax(var(--rec-card-width, 10rem), 1fr)); }
  .rec-card { scroll-snap-align: start; line-height: 1.4; overflow-wrap: anywhere; }
  .rec-link { display: block; color: inherit; text-decoration: none; }
  .rec-link:hover .rec-title { text-decoration: underline; }
  :focus-visible { outline: 3px solid var(--rec-focus, #1a5fd0); outline-offset: -3px; }
  .rec-picture { display: grid; place-items: center; inline-size: 100%; block-size: auto; aspect-ratio: 1; object-fit: cover;
    font-size: 2.5em; background: var(--rec-tile, color-mix(in srgb, currentcolor 8%, transparent)); color: var(--rec-tile-ink, inherit); border-radius: var(--rec-radius, .75rem); }
  .rec-title, .rec-reason { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; block-size: 2lh; }
  .rec-title { margin-block-start: .5rem; }
  .rec-price { display: block; min-block-size: 1lh; font-weight: 700; }
  .rec-before { font-weight: 400; }
  .rec-reason { margin: .25rem 0 0; font-size: .875em; }
  .rec-before, .rec-reason { color: var(--rec-muted, color-mix(in srgb, currentcolor 75%, transparent)); }
`);

const unfilled = new Set();
const near = new IntersectionObserver((entries) => {
  const close = entries.filter((one) => one.isIntersecting).map((one) => one.target);
  close.forEach((one) => near.unobserve(one));
  close.filter((one) => one.begin).forEach((one) => one.begin());
  if (!close.some((one) => unfilled.has(one))) return;
  const page = [...unfilled];
  unfilled.clear();
  for (let at = 0; at < page.length; at += MOST_PLACEMENTS) fill(page.slice(at, at + MOST_PLACEMENTS));
}, { rootMargin: NEAR });

async function fill(slates) {
  try {
    const body = {
      placements: slates.map((one) => one.wanted),
      visitor: await visitor().catch(() => undefined),
      context: { locale, ...context() },
    };
    const answer = await call(`/v1/slates?cards=${locale}`, { method: "POST", body });
    slates.forEach((one, at) => one.show(answer.slates[at]));
  } catch (error) {
    const mine = error.status === 400 || error.status === 404; // of one placement; the others are sound
    if (mine && slates.length > 1) slates.forEach((one) => fill([one]));
    else slates.forEach((one) => leave(one, error));
  }
}

class Slate extends HTMLElement {
  static observedAttributes = ["placement", "item", "items", "limit"];
  #asked = false;

  connectedCallback() {
    if (this.#asked) return; // moved: its answer comes or is there
    this.#asked = true;
    unfilled.add(this);
    near.observe(this);
  }

  disconnectedCallback() {
    near.unobserve(this);
    if (unfilled.delete(this)) this.#asked = false;
  }

  attributeChangedCallback(_, before) {
    if (before !== null) this.refresh();
  }

  refresh() { // asks again, also after the visitor did something that changes the answer
    this.#asked = false;
    if (this.isConnected) this.connectedCallback();
  }

  get wanted() {
    const given = (name) => this.getAttribute(name) || undefined;
    return {
      id: given("placement") ?? "home",
      limit: Number(given("limit")) || undefined,
      item: given("item") ?? pageItem(),
      items: given("items")?.split(",").map((one) => one.trim()).filter(Boolean),
    };
  }

  show(slate) {
    try {
      const heading = this.getAttribute("heading") ?? slate.title;
      const list = products(this, slate, { template: this.querySelector("template"), label: heading });
      if (!list.childElementCount) return leave(this);
      if (this.hasAttribute("light")) this.#inLight(heading, list);
      else this.#inShadow(heading, list);
      this.setAttribute("state", "shown");
      const items = slate.items.map((one) => one.id);
      tell(this, "rec:shown", { placement: slate.placement, slate_id: slate.slate_id, basis: slate.basis, items });
    } catch (error) {
      leave(this, error);
    }
  }

  #inShadow(heading, list) {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [CARDS];
    const title = element("slot", { name: "heading" }, heading ? part("h2", "heading", heading) : "");
    const head = part("div", "head", title);
    root.replaceChildren(head, list);
    if (matchMedia("(hover: hover)").matches) {
      later("turners.js").then(({ turners }) => head.append(turners(list))).catch(complain);
    }
  }

  #inLight(heading, list) {
    for (const child of [...this.childNodes]) if (child.localName !== "template") child.remove();
    this.append(...(heading ? [part("h2", "heading", heading)] : []), list);
  }
}

// The reserved box goes only where nobody sees it go.
export function leave(host, error) {
  if (error) complain(error);
  host.setAttribute("state", "left");
  host.toggleAttribute("folded", host.getBoundingClientRect().top >= innerHeight);
}

// Loads the code of the quiz when it is near.
const placeOf = (kind) => class extends HTMLElement {
  #begun = false;

  connectedCallback() {
    if (!this.#begun) near.observe(this);
  }

  disconnectedCallback() {
    near.unobserve(this);
  }

  begin() {
    this.#begun = true;
    later("quiz.js").then((quiz) => quiz[kind](this)).catch(complain);
  }
};

if (!(MARK in globalThis)) { // another version of this script was here first
  globalThis[MARK] = true;
  customElements.define("rec-slate", Slate);
  customElements.define("rec-quiz", placeOf("ask"));
  customElements.define("rec-question", placeOf("askOnce"));
  if (told.events) later("events.js").then((events) => events.listen(told.events)).catch(complain);
}
