// <rec-quiz mode="popup"> and mode="full": the quiz over the page, when somebody presses the shop's own link or button.

import { element, part, sheetOf } from "./recsvc.js";
import { say } from "./words.js";

export const place = () => element("div");

// Called once the quiz is ready: until then, and where it never is, a press does what the shop wrote.
export function opens(host, quiz, sheets) {
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [...sheets, DIALOG];
  const close = part("button", "close", "✕");
  close.type = "button";
  close.setAttribute("aria-label", say("close"));
  const dialog = part("dialog", "dialog", close, quiz);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", ({ target }) => { if (target === dialog) dialog.close(); }); // beside it
  root.append(element("slot"), dialog);
  host.addEventListener("click", (event) => {
    const pressed = event.target !== host && event.target.closest("a, button");
    if (!pressed || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    dialog.setAttribute("aria-label", pressed.textContent.trim());
    dialog.showModal();
    quiz.querySelector("h3").focus();
  });
}

const DIALOG = sheetOf(`
  :host { display: inline-block; }
  .rec-dialog { box-sizing: border-box; inline-size: min(42rem, 100vw - 2rem); max-block-size: calc(100dvh - 2rem); padding: 1rem; border: 0;
    border-radius: calc(var(--rec-radius, .75rem) * 1.5); overscroll-behavior: contain; background: var(--rec-dialog, Canvas); color: var(--rec-dialog-ink, CanvasText); }
  .rec-dialog::backdrop { background: rgb(0 0 0 / 55%); }
  .rec-dialog .rec-progress { min-block-size: 44px; }
  :host([mode=full]) .rec-dialog { inline-size: 100vw; max-inline-size: none; block-size: 100dvh; max-block-size: none; border-radius: 0; }
  :host([mode=full]) .rec-dialog > div { max-inline-size: 44rem; margin-inline: auto; }
  .rec-dialog .rec-panel { border: 0; padding: 0; }
  .rec-close { float: inline-end; inline-size: 44px; block-size: 44px; border: 0; border-radius: 50%; background: none; color: inherit; font: inherit; cursor: pointer; }
`);
