// Returns what is wrong with the page as it stands, one sentence each.
(() => {
  const wrong = [];
  const seen = (x) => x.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const what = (x) => x.outerHTML.slice(0, 120);
  if (!document.title.trim()) wrong.push("no title");
  if (!document.documentElement.lang) wrong.push("no language");
  if (document.querySelectorAll("main").length !== 1) wrong.push("not one main part");
  if (document.querySelectorAll("h1").length !== 1) wrong.push("not one main heading");
  const words = document.querySelector("main").innerText;
  for (const bad of ["undefined", "NaN", "<nil>", "%!"]) if (words.includes(bad)) wrong.push("shows " + bad);
  let level = 0;
  for (const h of document.querySelectorAll("main h1, main h2, main h3, main h4")) {
    const next = Number(h.tagName[1]);
    if (next > level + 1) wrong.push("a heading skips a level: " + what(h));
    if (!h.textContent.trim()) wrong.push("an empty heading");
    level = next;
  }
  for (const x of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (!x.labels.length && !x.getAttribute("aria-label")) wrong.push("no label: " + what(x));
  }
  for (const x of document.querySelectorAll("button, a[href], summary")) {
    const name = (x.getAttribute("aria-label") || x.textContent).trim() || [...x.querySelectorAll("img")].map((i) => i.alt).join("");
    if (!name) wrong.push("no name: " + what(x));
  }
  for (const x of document.querySelectorAll("img")) if (!x.hasAttribute("alt")) wrong.push("no alternative text: " + what(x));
  for (const x of document.querySelectorAll("svg")) {
    if (x.getAttribute("aria-hidden") !== "true" && !x.getAttribute("aria-label")) wrong.push("an unnamed picture: " + what(x));
  }
  for (const x of document.querySelectorAll("table th")) if (!x.scope) wrong.push("a head of a table without scope: " + what(x));
  const ids = new Map();
  for (const x of document.querySelectorAll("[id]")) {
    if (ids.has(x.id)) wrong.push("twice the id " + x.id);
    ids.set(x.id, x);
  }
  for (const x of document.querySelectorAll("[aria-labelledby], [aria-describedby], [aria-controls]")) {
    for (const key of ["aria-labelledby", "aria-describedby", "aria-controls"]) {
      for (const id of (x.getAttribute(key) || "").split(/\s+/)) if (id && !ids.has(id)) wrong.push(key + " leads nowhere: " + id);
    }
  }
  const over = document.documentElement.scrollWidth - window.innerWidth;
  if (over > 0) {
    wrong.push("scrolls sideways by " + over);
    for (const x of document.querySelectorAll("main *")) {
      if (x.getBoundingClientRect().right > window.innerWidth + 1 && seen(x) && !x.children.length) wrong.push("reaches out: " + what(x));
    }
  }
  // Contrast of every visible text with what is behind it (WCAG 2, level AA).
  const parse = (text) => (text.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const part = (v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = (x) => {
    for (; x; x = x.parentElement) {
      const c = parse(getComputedStyle(x).backgroundColor);
      if (c.length === 3 || c[3] > 0.99) return c;
    }
    return [255, 255, 255];
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const x = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || !seen(x) || x.closest("script, .unseen, .skip")) continue;
    const style = getComputedStyle(x);
    const a = light(parse(style.color)), b = light(ground(x));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) wrong.push("contrast " + ratio.toFixed(2) + ": " + what(x));
  }
  return [...new Set(wrong)];
})()
