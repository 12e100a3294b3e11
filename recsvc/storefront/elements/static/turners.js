// Buttons for a list that is wider than its place; thumbs and keys scroll it without them.

import { element, part, sheetOf } from "./recsvc.js";
import { say } from "./words.js";

const TURNERS = sheetOf(`
  .rec-turners { display: flex; gap: .5rem; }
  .rec-turners[hidden] { display: none; }
  .rec-previous, .rec-next { inline-size: 44px; block-size: 44px; border: 1px solid; border-radius: 50%; cursor: pointer;
    background: none; color: inherit; font: inherit; }
  .rec-previous::before { content: "\\2190"; }
  .rec-next::before { content: "\\2192"; }
  .rec-previous:dir(rtl)::before, .rec-next:dir(rtl)::before { display: inline-block; scale: -1 1; }
  @media (prefers-reduced-motion: no-preference) { .rec-list { scroll-behavior: smooth; } }
`);

export function turners(list) {
  const turn = (way, label, steps) => {
    const button = element("button", { type: "button", part: way, class: `rec-${way}`, "aria-label": say(label) });
    button.addEventListener("click", () => {
      const forward = getComputedStyle(list).direction === "rtl" ? -1 : 1;
      list.scrollBy({ left: steps * forward * list.clientWidth });
    });
    return button;
  };
  const place = part("div", "turners", turn("previous", "earlier", -0.8), turn("next", "moreProducts", 0.8));
  const measure = () => { place.hidden = list.scrollWidth <= list.clientWidth + 1; };
  new ResizeObserver(measure).observe(list);
  list.getRootNode().adoptedStyleSheets.push(TURNERS);
  return place;
}

