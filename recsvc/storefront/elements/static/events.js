// What was seen and chosen, and the e-commerce events of the page's dataLayer, on their way to the service.

import { complain, consent, context, keep, known, mayFollow, product, recall, service, told, visitor } from "./page.js";

const SEEN_MS = 1000;
const BATCH_MS = 2000;
const MOST_HEARD = 25;

// Events wait a moment for others, and leave with the page at the latest.
const waiting = [];
let timer;
export function report(event) {
  if (!mayFollow()) return;
  waiting.push({ event_id: eventId(), occurred_at: new Date().toISOString(), ...event });
  clearTimeout(timer);
  timer = setTimeout(flush, BATCH_MS);
}
const eventId = () => crypto.getRandomValues(new Uint32Array(4)).join("-");
export function beacon(path, body) {
  navigator.sendBeacon(service + path, new Blob([JSON.stringify(body)], { type: "text/plain" }));
}
export function flush() {
  const events = waiting.splice(0);
  const who = known();
  if (!events.length || !who || !mayFollow()) return;
  beacon("/v1/events", { key: told.key, context: context(), events: events.map((one) => ({ ...one, visitor: who })) });
}

// Who signs in takes along what this browser did; whoever sits there next goes on with none of it.
export function join(value) {
  if (recall("visitor") !== value) return; // done
  keep("visitor", "");
  const event = { event_id: eventId(), kind: "identify", visitor: known(), identities: [{ kind: "anonymous", value }] };
  beacon("/v1/events", { key: told.key, context: context(), events: [event] });
  for (const name of Object.keys(localStorage)) if (name.startsWith("recsvc.")) localStorage.removeItem(name);
}

document.addEventListener("visibilitychange", () => { if (document.hidden) flush(); });

// Says of each node, once, that it was seen: half of it for a second.
export function seeing(nodes, say) {
  const timers = new Map();
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      clearTimeout(timers.get(target));
      if (!isIntersecting) continue;
      timers.set(target, setTimeout(() => {
        seen.unobserve(target);
        say(target);
      }, SEEN_MS));
    }
  }, { threshold: 0.5 });
  for (const node of nodes) seen.observe(node);
}

// An impression is a card that was seen; a click is told at once, for the page may go with it.
export function watch(list, slate_id) {
  const told_of = (card) => ({ item_id: card.dataset.item, slate_id });
  seeing(list.children, (card) => report({ kind: "impression", ...told_of(card) }));
  const chosen = ({ target, button }) => {
    const card = target.closest("a, button")?.closest("li");
    if (!card || button > 1) return;
    report({ kind: "click", ...told_of(card) });
    flush();
  };
  list.addEventListener("click", chosen);
  list.addEventListener("auxclick", chosen); // in a new tab
}

// data-events="page": the product of the page is a view; data-events="datalayer": what GA4 is told, we are told.
export function listen(ways) {
  if (ways.includes("page") && product()) {
    const { id, offer } = product();
    const price = Number(offer?.price);
    visitor().then(() => report({ kind: "view", item_id: id, ...(price >= 0 && { price, currency: offer.priceCurrency }) }));
  }
  if (!ways.includes("datalayer")) return;
  const layer = (window.dataLayer ??= []);
  const { push } = layer;
  layer.forEach(hear);
  layer.push = (...entries) => {
    const answered = push.apply(layer, entries);
    entries.forEach(hear);
    return answered;
  };
}

const SHOPPING = /^(search|view_search_results|select_item|view_item|add_to_cart|remove_from_cart|add_to_wishlist|purchase|refund)$/;
const heard = []; // until somebody has agreed
async function hear(entry) {
  const asTag = entry?.[0] === "event"; // gtag("event", name, params)
  const name = asTag ? entry[1] : entry?.event;
  if (SHOPPING.test(name)) {
    const timestamp_micros = Date.now() * 1000;
    heard.push(asTag ? { name, params: entry[2], timestamp_micros } : { event: name, ecommerce: entry.ecommerce, timestamp_micros });
  }
  if (heard.length > MOST_HEARD) heard.shift();
  if (!heard.length || !consent()) return;
  const events = heard.splice(0);
  try {
    await visitor();
    const client_id = known()?.anonymous_id;
    const body = { client_id, events, consent: context().consent };
    if (client_id) beacon(`/ingest/ga4/mp/collect?api_secret=${told.key ?? ""}`, body);
  } catch (error) {
    complain(error);
  }
}
