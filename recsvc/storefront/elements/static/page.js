// What the page says: consent, the visitor; and calls.

const HERE = import.meta.url;
const tag = document.querySelector('script[src*="recsvc.js"]') ?? document.createElement("script");
export const told = tag.dataset; // what the shop says on the script's tag
export const service = told.service ?? HERE.slice(0, HERE.lastIndexOf("/storefront/"));
export const locale = [told.locale, document.documentElement.lang, navigator.language]
  .find((one) => /^[a-z]{2,3}(-[a-z0-9]{1,8})*$/i.test(one)) ?? "en";
export const later = (name) => import("./sealed.js").then(({ load }) => load(name));
const patience_ms = Number(told.timeout) || 1500;

// True, false, or undefined where nobody has said; the dataLayer's last word counts.
export function consent() {
  if (navigator.globalPrivacyControl) return false;
  let word = told.consent;
  if (!word && Array.isArray(window.dataLayer)) {
    for (const entry of window.dataLayer) {
      if (entry?.[0] === "consent") word = entry[2]?.personalization_storage ?? word;
    }
  }
  return word ? word === "granted" : undefined;
}
// Of a stranger nothing is kept without a word.
export const mayFollow = () => consent() ?? "token" in told;
export const context = () => {
  const said = consent();
  return said === undefined ? {} : { consent: { personalization_storage: said ? "granted" : "denied" } };
};

// Kept under consent in the browser's storage, else until the page goes.
const memory = new Map();
export function recall(name) {
  try {
    if (consent()) return memory.get(name) ?? localStorage.getItem(`recsvc.${name}`);
    if (consent() === false) localStorage.removeItem(`recsvc.${name}`);
  } catch { /* storage is denied */ }
  return memory.get(name);
}
export function keep(name, value) {
  memory.set(name, value);
  try {
    if (consent()) localStorage.setItem(`recsvc.${name}`, value); // "": gone
  } catch { /* storage is denied */ }
}

export async function call(path, { method = "GET", body, whose } = {}) {
  const headers = {};
  if (told.key) headers.Authorization = `Bearer ${told.key}`;
  if (whose) headers["Recsvc-Visitor"] = Object.entries(whose)[0].join("=");
  if (body) headers["Content-Type"] = "application/json";
  const signal = AbortSignal.timeout(patience_ms);
  const options = { method, headers, signal, body: body && JSON.stringify(body), credentials: "omit" };
  const answer = await fetch(service + path, options);
  if (answer.status === 403) keep("visitor", ""); // its signature is of another secret
  if (!answer.ok) {
    const problem = await answer.clone().json().catch(() => {});
    throw Object.assign(new Error(problem?.detail ?? `it answered ${answer.status}`), { status: answer.status, answer });
  }
  return answer.json();
}

// Whom a page speaks for; nobody without consent, unless a quiz needs an id.
export const known = () => {
  const kept = recall("visitor");
  if (told.token && kept) later("events.js").then((events) => events.join(kept)).catch(complain);
  if (told.token) return { token: told.token };
  const id = (mayFollow() && told.visitor) || kept;
  return id ? { anonymous_id: id } : undefined;
};
let issued;
export async function visitor({ needed = false } = {}) {
  const who = known(); // and what is denied goes
  if (!needed && !mayFollow()) return undefined;
  if (who) return who;
  issued ??= call("/v1/visitors", { method: "POST" })
    .then((answer) => keep("visitor", answer.anonymous_id))
    .finally(() => { issued = undefined; });
  await issued;
  return known();
}

let complained = false;
export function complain(error) {
  if (!complained) console.warn(`recsvc keeps what the page showed: ${error.message}`);
  complained = true;
}

// The product of the page, from the JSON-LD that search engines read.
export function product() {
  for (const script of document.querySelectorAll('script[type="application/ld+json"]')) {
    try {
      const found = productIn(JSON.parse(script.textContent));
      if (found) return found;
    } catch { /* not JSON: the page's own affair */ }
  }
  return undefined;
}
function productIn(node) {
  if (Array.isArray(node)) return node.map(productIn).find(Boolean);
  if (!node || typeof node !== "object") return undefined;
  if (![node["@type"]].flat().some((type) => type === "Product" || type === "ProductGroup")) {
    return productIn(node["@graph"] ?? node.mainEntity);
  }
  const id = node.sku ?? node.productID ?? node.productGroupID;
  return id ? { id: String(id), offer: [node.offers].flat()[0] } : undefined;
}
export const pageItem = () => told.item ?? product()?.id;
