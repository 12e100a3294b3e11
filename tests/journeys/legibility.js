// Answers what a thumb cannot hit and what an eye cannot read on the page; "" for none.
() => {
  const numbers = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = numbers(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const shown = (element) => element.checkVisibility() && element.offsetWidth > 1;
  const problems = [];
  if (document.documentElement.scrollWidth > innerWidth) problems.push("wider than the screen");
  for (const one of document.querySelectorAll("button, summary, select, .choice, .tick, .button, .button-outline, .back, .field")) {
    if (shown(one) && one.offsetHeight < 44) problems.push(`low: ${one.outerHTML.slice(0, 60)}`);
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const one = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !shown(one) || one.closest("script")) continue;
    const style = getComputedStyle(one);
    const [a, b] = [light(numbers(style.color)), light(ground(one))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (contrast < (large ? 3 : 4.5)) problems.push(`faint ${contrast.toFixed(2)}: ${texts.currentNode.data.trim().slice(0, 40)}`);
  }
  const names = new Set();
  for (const one of document.querySelectorAll("[id]")) {
    if (names.has(one.id)) problems.push(`twice: #${one.id}`);
    names.add(one.id);
  }
  for (const one of document.querySelectorAll("[aria-labelledby], [aria-describedby]")) {
    for (const id of `${one.getAttribute("aria-labelledby") || ""} ${one.getAttribute("aria-describedby") || ""}`.trim().split(/\s+/)) {
      if (!document.getElementById(id)) problems.push(`names nobody: ${id}`);
    }
  }
  const levels = [...document.querySelectorAll("h1, h2, h3, h4")].filter((one) => one.checkVisibility()).map((one) => Number(one.tagName[1]));
  if (levels.filter((level) => level === 1).length !== 1) problems.push(`headings ${levels}`);
  levels.forEach((level, at) => { if (at && level > levels[at - 1] + 1) problems.push(`heading skipped: ${levels}`); });
  for (const one of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (shown(one) && !one.labels?.length && !one.getAttribute("aria-label") && !one.getAttribute("aria-labelledby")) problems.push(`no label: ${one.outerHTML.slice(0, 60)}`);
  }
  return problems.join("\n");
}
