// <rec-quiz>: one question at a time, with what fits so far; <rec-question>: the one question a page may ask.
// Colours that the shop does not set are those of its text, so that they suit a dark page, too.

import { fieldsOf, skipOf } from "./fields.js";
import { call, complain, keep, later, locale, mayFollow, pageItem, recall, service, visitor } from "./page.js";
import { CARDS, element, leave, part, products, sheetOf, tell } from "./recsvc.js";
import { say } from "./words.js";

// What to say of an answer that was refused.
async function why(refusal) {
  const { errors } = await refusal.json().catch(() => ({}));
  return errors?.[0]?.code === "too_many_messages" ? "tooManyMessages" : "check";
}

const GONE = [404, 409]; // the session, after so long without an answer

class Course {
  given = []; // questions answered here, the last one last
  said = {}; // their answers, for whoever goes back

  constructor(host, quiz, touchpoint, single = false) {
    Object.assign(this, { host, quiz, touchpoint, single });
  }

  get root() { // made once there is something to show: it hides the shop's own content
    this.place ??= Object.assign(this.host.attachShadow({ mode: "open" }), { adoptedStyleSheets: [CARDS, PANEL] });
    return this.place;
  }

  get saved() {
    return `quiz.${this.quiz}`;
  }

  async ask(path, method = "GET", body = undefined) {
    const mark = path.includes("?") ? "&" : "?";
    const view = await call(`${path}${mark}cards=${locale}`, { method, body, whose: this.whose });
    if (!view?.progress) throw new Error("it answered something else than a quiz");
    return view;
  }

  async open() {
    this.whose = await visitor({ needed: true });
    const session = recall(this.saved);
    const view = session && await this.ask(`/v1/quiz-sessions/${encodeURIComponent(session)}`).catch(() => undefined);
    if (view && view.state !== "expired") {
      this.session = session;
      this.given = Object.keys(view.answers);
      Object.entries(view.answers).forEach(([question, { value }]) => { this.said[question] = value; });
      this.show(view, false);
    } else {
      const opening = await this.ask(`/v1/quizzes/${encodeURIComponent(this.quiz)}/opening?locale=${locale}`);
      this.show(opening, false);
      if (opening.question) this.seen(opening);
    }
  }

  // Once a page, when the title of the first question was seen as products are.
  seen({ quiz, revision }) {
    if (this.watched) return;
    this.watched = true;
    const event = { kind: "quiz_seen", quiz, revision, touchpoint: this.touchpoint };
    later("events.js").then(({ report, seeing }) => seeing([this.root.querySelector("h3")], () => report(event))).catch(complain);
  }

  async begin() {
    if (this.session) return;
    const device = matchMedia("(max-width: 600px)").matches ? "phone" : "desktop";
    const body = { visitor: this.whose, locale, touchpoint: this.touchpoint, device };
    const view = await this.ask(`/v1/quizzes/${encodeURIComponent(this.quiz)}/sessions`, "POST", body);
    this.session = view.session;
    if (!this.single) keep(this.saved, view.session);
  }

  address(question) {
    return `/v1/quiz-sessions/${encodeURIComponent(this.session)}/answers/${encodeURIComponent(question)}`;
  }

  async answer(question, body) {
    await this.begin();
    const view = await this.ask(this.address(question.id), "PUT", body);
    this.given = [...this.given.filter((one) => one !== question.id), question.id];
    this.said[question.id] = body.value;
    this.after(view, question);
  }

  after(view, question) {
    this.show(view, true);
    tell(this.host, "quiz:answered", { quiz: view.quiz, question: question.id });
    if (view.state !== "done") return;
    const items = view.slate?.items.map((one) => one.id) ?? [];
    tell(this.host, "quiz:completed", { quiz: view.quiz, session: view.session, items });
    notes({ kind: "result_shown", quiz: view.quiz, revision: view.revision, session_id: view.session });
  }

  async back() {
    this.show(await this.ask(this.address(this.given.pop()), "DELETE"), true);
  }

  async finish() {
    this.after(await this.ask(`/v1/quiz-sessions/${encodeURIComponent(this.session)}/finish`, "POST"), { id: null });
  }

  async restart() {
    keep(this.saved, "");
    Object.assign(this, { session: undefined, given: [], said: {} });
    await this.open();
    this.root.querySelector("h3").focus();
  }

  // Runs what a press asks for, once at a time; what fails is said beside the buttons.
  act(work) {
    return async (event) => {
      event?.preventDefault();
      if (this.busy) return;
      this.busy = true;
      try {
        await work();
      } catch (error) {
        if (GONE.includes(error.status) && this.session) await this.restart().catch(complain);
        else this.alert(error.status === 422 ? await why(error.answer) : "failed");
      } finally {
        this.busy = false;
      }
    };
  }

  alert(name, values) {
    this.root.querySelector("[role=alert]").textContent = say(name, values);
  }

  show(view, moves) {
    const form = view.question && this.form(view.question);
    const parts = form ? [this.progress(view), form] : this.result(view);
    const label = say(form ? "soFar" : "result");
    const list = view.slate?.items.length && (this.session || !form) && products(this.host, view.slate, { label });
    const shelf = list?.childElementCount ? [form && part("h3", "heading", label), list] : [];
    const rest = form ? [] : [this.asides(view)];
    const panel = part("section", "panel", ...parts, ...shelf.filter(Boolean), ...rest);
    this.root.replaceChildren(panel);
    this.host.setAttribute("state", "shown");
    if (moves) this.root.querySelector("h3").focus();
  }

  progress({ progress: { answered, at_most: most } }) {
    const words = say("progress", { number: answered + 1, most: Math.max(most, answered + 1) });
    const bar = element("progress", { max: Math.max(most, 1), value: answered || "0", "aria-hidden": "true" });
    return this.single ? undefined : part("div", "progress", element("p", {}, words), bar);
  }

  form(question) {
    const fields = fieldsOf(question, this.said[question.id]);
    const title = element("legend", {}, element("h3", { part: "question", id: "question", tabindex: "-1" }, question.title));
    const agree = question.opt_in && question.kind !== "contact" && element("input", { type: "checkbox" });
    const wording = question.purpose_text && question.kind !== "contact"
      && element(agree ? "label" : "p", { class: agree ? "rec-choice rec-row" : "rec-hint" }, agree, question.purpose_text);
    const help = question.help && part("p", "help", question.help);
    const form = element("form", { novalidate: true }, element("fieldset", {}, title, help, ...fields.nodes), wording,
      element("p", { role: "alert", class: "rec-alert" }), this.acts(question));
    form.addEventListener("submit", this.act(async () => {
      const value = fields.read();
      const skip = skipOf(question);
      const fault = value === undefined ? question.kind === "contact" && question.channels.length === 1 ? "enter" : "choose"
        : agree && !agree.checked && "agree";
      if (fault) this.alert(skip ? fault : "must", { skip: skip && say(skip) });
      else await this.answer(question, question.kind === "info" ? { skip: true } : { value });
    }));
    return form;
  }

  acts(question) {
    const contact = question.kind === "contact";
    const skip = skipOf(question);
    return part("div", "acts", part("button", "submit", say(contact ? "send" : "next")),
      skip && this.button(skip, () => this.answer(question, { skip: true })),
      this.given.length > 0 && !contact && this.button("back", () => this.back()),
      this.given.length > 1 && !contact && this.button("finish", () => this.finish()));
  }

  button(name, work) {
    const button = element("button", { type: "button", class: "rec-quiet", part: name }, say(name));
    button.addEventListener("click", this.act(work));
    return button;
  }

  result(view) {
    if (this.single) return [element("h3", { tabindex: "-1", part: "question" }, say("thanks"))];
    return [element("h3", { tabindex: "-1", part: "question" }, say("result")),
      view.slate?.relaxed?.length && part("p", "hint", say("relaxed"))].filter(Boolean);
  }

  // After the result: who wants it kept is asked for the consent to it, and everything can be changed.
  asides(view) {
    if (this.single) return undefined;
    const link = element("a", { href: `${service}/quiz-sessions/resume?token=${encodeURIComponent(view.resume)}` }, say("save"));
    const acts = part("div", "acts", this.given.length > 0 && view.question === null && this.button("back", () => this.back()),
      this.button("restart", () => this.restart()), this.session && link);
    const told = view.contact && element("p", { part: "contact", class: "rec-contact", role: "status" },
      say(`contact_${view.contact}`));
    return element("div", {}, told, view.offer ? this.form(view.offer) : element("p", { role: "alert" }), acts);
  }
}

const notes = (event) => later("events.js").then(({ report }) => report(event)).catch(complain);

export async function ask(host) {
  try {
    const course = new Course(host, host.getAttribute("quiz"), host.getAttribute("touchpoint") ?? undefined);
    const dialog = host.hasAttribute("mode") && await later("dialog.js");
    if (dialog) course.place = dialog.place();
    await course.open();
    if (dialog) dialog.opens(host, course.place, [CARDS, PANEL]);
  } catch (error) {
    leave(host, error);
  }
}

// A page that reserved no box gets none while somebody looks: nothing may move.
const unseen = (host) => new Promise((resolve) => {
  const away = new IntersectionObserver(([{ isIntersecting }]) => {
    if (isIntersecting && !host.offsetHeight) return;
    away.disconnect();
    resolve();
  });
  away.observe(host);
});

// Nobody is asked whose answers and caps could not be remembered.
export async function askOnce(host) {
  try {
    if (!mayFollow()) return leave(host);
    const item = host.getAttribute("item") ?? pageItem();
    const query = new URLSearchParams({ locale, ...(item && { item }) });
    const page = encodeURIComponent(host.getAttribute("page") ?? "product");
    const whose = await visitor();
    const { touchpoint, quiz, revision, question } = await call(`/v1/touchpoints/${page}?${query}`, { whose });
    if (!question) return leave(host);
    const course = new Course(host, quiz, touchpoint, true);
    course.whose = whose;
    await unseen(host);
    course.show({ question, progress: {} }, false);
    course.seen({ quiz, revision });
    const seen = new IntersectionObserver(([entry]) => {
      if (!entry.isIntersecting) return;
      seen.disconnect();
      notes({ kind: "question_shown", quiz, revision, question: question.id, touchpoint });
    }, { threshold: 0.5 });
    seen.observe(host);
  } catch (error) {
    leave(host, error);
  }
  return undefined;
}

const PANEL = sheetOf(`
  .rec-panel { padding: 1.25rem; border: 1px solid var(--rec-line, color-mix(in srgb, currentcolor 20%, transparent)); border-radius: var(--rec-radius, .75rem); line-height: 1.5; }
  h3 { margin: 0 0 .75rem; font: inherit; font-size: 1.25em; font-weight: 700; line-height: 1.35; }
  h3:focus { outline: none; }
  p { text-wrap: pretty; }
  .rec-panel > .rec-heading { margin-block: .5rem .75rem; }
  fieldset { margin: 0; padding: 0; border: 0; min-inline-size: 0; }
  legend { padding: 0; }
  .rec-progress { display: flex; align-items: center; gap: 1rem; margin-block-end: 1rem; font-size: .875em; }
  .rec-progress p { margin: 0; white-space: nowrap; }
  progress { flex: 1; min-inline-size: 0; block-size: .4rem; accent-color: var(--rec-accent, #1f6f5c); }
  .rec-choices { display: grid; gap: .5rem; }
  .rec-looks { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); }
  .rec-scale { display: flex; flex-wrap: wrap; gap: .5rem; }
  .rec-row { display: flex; align-items: center; gap: .75rem; }
  .rec-choice { display: grid; align-content: center; box-sizing: border-box; inline-size: 100%; min-block-size: 48px; padding: .6rem .85rem; cursor: pointer;
    border: 1px solid var(--rec-edge, #857e70); border-radius: .6rem; background: none; color: inherit; font: inherit; text-align: start; }
  .rec-choice:lang(ja), h3:lang(ja) { word-break: auto-phrase; }
  .rec-choice.rec-row { display: flex; margin-block-start: .75rem; }
  .rec-scale .rec-choice { inline-size: auto; }
  button.rec-choice { display: flex; align-items: center; gap: .75rem; }
  .rec-choice:has(:checked), .rec-choice[aria-pressed=true] { border-color: var(--rec-accent, #1f6f5c); box-shadow: inset 0 0 0 1px var(--rec-accent, #1f6f5c); }
  .rec-choice:has(:focus-visible) { outline: 3px solid var(--rec-focus, #1a5fd0); outline-offset: 2px; }
  .rec-choice small { color: var(--rec-muted, color-mix(in srgb, currentcolor 75%, transparent)); }
  .rec-look { display: block; inline-size: 100%; block-size: auto; aspect-ratio: 4 / 3; object-fit: cover; border-radius: .4rem; margin-block-end: .5rem; }
  .rec-place { inline-size: 1.75em; block-size: 1.75em; border: 1px solid; border-radius: 50%; text-align: center; line-height: 1.75; }
  input[type=radio], input[type=checkbox] { flex: none; inline-size: 1.2rem; block-size: 1.2rem; margin: 0; accent-color: var(--rec-accent, #1f6f5c); }
  .rec-slider { inline-size: 100%; min-block-size: 44px; margin: 0 0 .5rem; accent-color: var(--rec-accent, #1f6f5c); }
  .rec-number, .rec-text { box-sizing: border-box; min-block-size: 48px; padding: .5rem .75rem; border: 1px solid var(--rec-edge, #857e70);
    border-radius: .6rem; background: var(--rec-field, #fff); color: var(--rec-field-ink, #1c1c1c); font: inherit; }
  .rec-number { inline-size: 8rem; }
  .rec-text { inline-size: 100%; }
  .rec-step { inline-size: 48px; block-size: 48px; border: 1px solid; border-radius: 50%; background: none; color: inherit; font: inherit; cursor: pointer; }
  .rec-hint, .rec-help { margin: .5rem 0; font-size: .875em; color: var(--rec-muted, color-mix(in srgb, currentcolor 75%, transparent)); }
  .rec-alert { margin: .5rem 0 0; color: var(--rec-alert, light-dark(#a3241b, #ff9d8f)); font-weight: 600; }
  .rec-contact { margin: 1rem 0 0; font-weight: 600; }
  .rec-acts { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; margin-block: 1rem; }
  .rec-acts a { display: inline-flex; align-items: center; min-block-size: 44px; color: inherit; }
  .rec-submit { min-block-size: 48px; padding: .5rem 1.75rem; border: 0; border-radius: 99px; font: inherit; font-weight: 700; cursor: pointer;
    background: var(--rec-accent, #1f6f5c); color: var(--rec-on-accent, #fff); }
  .rec-quiet { min-block-size: 44px; padding: .25rem .5rem; border: 0; background: none; color: inherit; font: inherit; text-decoration: underline; cursor: pointer; }
`);
