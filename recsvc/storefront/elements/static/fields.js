// One question as native inputs: what is shown, and what the service takes as its answer.

import { element, part, safe } from "./recsvc.js";
import { service } from "./page.js";
import { say } from "./words.js";

// Nodes, and how to read the answer: undefined where there is none yet. `given` is what was said before.
export function fieldsOf(question, given) {
  if (question.kind === "rank") return ranking(question, given);
  if (question.kind === "contact") return contact(question);
  if (question.kind === "scale") return scale(question, given);
  if (question.kind === "slider" || question.kind === "number") return number(question, given);
  if (question.kind === "text") return text(given);
  return question.kind === "info" ? { nodes: [], read: () => null } : choices(question, given);
}

// What the button is called that leaves a question out; none where it must be answered.
export function skipOf({ kind, required, opt_in: asksConsent, choices }) {
  if (required || kind === "info") return undefined;
  if (kind === "contact") return "noThanks";
  if (asksConsent) return "ratherNot";
  return ["text", "rank"].includes(kind) || choices?.some((one) => one.unsure) ? "skip" : "dontKnow";
}

function box(kind, id, words, { image, alt, checked, note } = {}) {
  const input = element("input", { type: kind, name: "value", value: String(id), checked });
  const address = image && safe(image, `${service}/`);
  const picture = address && element("img", { class: "rec-look", alt: alt ?? "", width: 320, height: 240, src: address });
  const label = part("label", "choice", picture, element("span", { class: "rec-row" }, input, element("span", {}, words, note)));
  return { input, label };
}

function choices({ choices: offered, pick }, given) {
  const said = [given].flat();
  const kind = pick ? "checkbox" : "radio";
  const boxes = offered.map((one) => ({ one, ...box(kind, one.id, one.text, { ...one, checked: said.includes(one.id) }) }));
  const list = part("div", offered.some((one) => one.image) ? "looks" : "choices", ...boxes.map(({ label }) => label));
  const chosen = () => boxes.filter(({ input }) => input.checked).map(({ one }) => one.id);
  if (!pick) return { nodes: [list], read: () => chosen()[0] };
  const isAlone = ({ one }) => one.alone || one.unsure;
  const limit = (changed) => { // "none of these" and the others exclude each other
    const mine = boxes.find(({ input }) => input === changed);
    if (mine?.input.checked) {
      for (const other of boxes) if (other !== mine && (isAlone(mine) || isAlone(other))) other.input.checked = false;
    }
    const full = chosen().length >= pick[1];
    for (const other of boxes) other.input.disabled = full && !other.input.checked && !isAlone(other);
  };
  list.addEventListener("change", ({ target }) => limit(target));
  limit();
  const [fewest, most] = pick;
  const some = most < offered.length && part("p", "hint", say(fewest > 1 ? "pickBetween" : "pickMost", { fewest, most }));
  return { nodes: [some, list].filter(Boolean), read: () => (chosen().length >= fewest ? chosen() : undefined) };
}

function scale({ range }, given) {
  const steps = Array.from({ length: range.max - range.min + 1 }, (_, at) => range.min + at);
  const { labels = [] } = range;
  const words = (at) => (labels.length === steps.length ? labels[at] : at === 0 ? labels[0] : labels[at - steps.length + 2]);
  const boxes = steps.map((step, at) => {
    const note = (at === 0 || labels.length === steps.length || at === steps.length - 1) && words(at);
    return box("radio", step, String(step), { checked: step === given, note: note && element("small", {}, ` ${note}`) });
  });
  const chosen = () => boxes.find(({ input }) => input.checked)?.input.value;
  return { nodes: [part("div", "scale", ...boxes.map(({ label }) => label))], read: () => chosen() && Number(chosen()) };
}

function number({ kind, range, title }, given) {
  const { min, max, step, start, unit } = range ?? {};
  const ends = { min: String(min ?? ""), max: String(max ?? ""), step: step ?? (kind === "slider" ? 1 : "any") };
  const field = element("input", { type: "number", class: "rec-number", inputmode: "decimal", "aria-label": title, ...ends });
  field.value = given ?? start ?? "";
  const slider = kind === "slider" && element("input", { type: "range", class: "rec-slider", "aria-label": title, ...ends });
  const follow = () => { if (slider) slider.value = field.value || min; };
  if (slider) slider.addEventListener("input", () => { field.value = slider.value; });
  field.addEventListener("input", follow);
  follow();
  const stepper = (sign, name, by) => { // stepUp() refuses a field that takes any number
    const button = element("button", { type: "button", class: "rec-step", "aria-label": say(name) }, sign);
    button.addEventListener("click", () => {
      const wished = field.value === "" ? start ?? min ?? 0 : field.valueAsNumber + by * (step ?? 1);
      field.value = Math.min(max ?? Infinity, Math.max(min ?? -Infinity, wished));
      follow();
    });
    return button;
  };
  const row = element("div", { class: "rec-row" }, stepper("−", "less", -1), field, unit, stepper("+", "more", 1));
  const read = () => (field.value !== "" && field.reportValidity() ? field.valueAsNumber : undefined);
  return { nodes: [slider, row].filter(Boolean), read };
}

// A tap gives the next place, another one takes it away.
function ranking({ choices: offered }, given) {
  const order = Array.isArray(given) ? given.filter((id) => offered.some((one) => one.id === id)) : [];
  const rows = offered.map(({ id, text: words }) => {
    const place = element("span", { class: "rec-place" });
    const button = part("button", "choice", place, element("span", {}, words));
    button.type = "button";
    button.addEventListener("click", () => {
      if (order.includes(id)) order.splice(order.indexOf(id), 1);
      else order.push(id);
      show();
    });
    return { id, place, button };
  });
  const show = () => rows.forEach(({ id, place, button }) => {
    place.textContent = order.includes(id) ? order.indexOf(id) + 1 : "";
    button.setAttribute("aria-pressed", String(order.includes(id)));
  });
  show();
  const list = part("div", "choices", ...rows.map(({ button }) => button));
  return { nodes: [part("p", "hint", say("rankHint")), list], read: () => (order.length ? [...order] : undefined) };
}

function text(given) {
  const field = element("textarea", { class: "rec-text", rows: 3, maxlength: 500, "aria-labelledby": "question" });
  field.value = given ?? "";
  return { nodes: [field], read: () => field.value.trim() || undefined };
}

// Each way to be written to under its own wording; nothing is chosen beforehand. Of one way the press is the choice.
function contact({ channels, wordings = {} }) {
  const field = element("input", { type: "email", class: "rec-text", maxlength: 254, autocomplete: "email", id: "address" });
  const boxes = channels.map((via) => box("radio", via, say(via), { note: element("small", {}, ` ${wordings[via] ?? ""}`) }));
  const alone = channels.length === 1 && channels[0];
  const via = () => alone || boxes.find(({ input }) => input.checked)?.input.value;
  const read = () => {
    if (via() !== "email") return via() && { via: via() };
    field.required = true;
    return field.reportValidity() ? { via: "email", address: field.value } : undefined;
  };
  const address = channels.includes("email")
    && element("p", {}, element("label", { for: "address" }, say("address")), field);
  const ways = alone ? part("p", "hint", wordings[alone] ?? "") : part("div", "choices", ...boxes.map(({ label }) => label));
  return { nodes: [...(alone ? [address, ways] : [ways, address])].filter(Boolean), read };
}
