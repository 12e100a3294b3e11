// What a page of the benchmark notes about itself; `bench_storefront.py` puts it in front of the page's own scripts.

window.noted = { shift: 0, interaction: 0 };
const painted = (then) => requestAnimationFrame(() => setTimeout(() => then(performance.now())));

const hear = (type, use, more = {}) =>
  new PerformanceObserver((list) => list.getEntries().forEach(use)).observe({ type, buffered: true, ...more });

addEventListener("DOMContentLoaded", () => {
  hear("layout-shift", ({ value, hadRecentInput }) => { if (!hadRecentInput) noted.shift += value; });
  hear("event", ({ interactionId, duration }) => {
    if (interactionId) noted.interaction = Math.max(noted.interaction, duration);
  }, { durationThreshold: 16 });
  const place = document.querySelector("rec-slate, rec-quiz, .bare");
  new MutationObserver(() => painted((at) => { noted.painted ??= at; })).observe(place, { attributeFilter: ["state"] });
  const near = new IntersectionObserver(([{ isIntersecting }]) => {
    if (!isIntersecting) return;
    near.disconnect();
    noted.near = performance.now();
    console.timeStamp("near"); // into the trace
    if (place.matches(".bare")) painted((at) => { noted.painted = at; });
  }, { rootMargin: "400px" });
  near.observe(place);
});
addEventListener("click", ({ timeStamp }) => { noted.pressed = timeStamp; }, true);
addEventListener("quiz:answered", () => painted((at) => { noted.next = at - noted.pressed; }), true);
