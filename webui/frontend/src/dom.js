// el("div", {class: "x", onclick: f}, child…): nodes without innerHTML.
const SVG = "http://www.w3.org/2000/svg";

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const SPRITE = new URL("../icons.svg", import.meta.url).pathname;
const READING = new Set(["next", "prev", "side", "reply", "send"]);

export function icon(name, size = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", ["ch-i", READING.has(name) && "turn", size].filter(Boolean).join(" "));
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${SPRITE}#i-${name}`);
  svg.append(use);
  return svg;
}

export function once(callback, pause) {
  let timer = 0;
  const later = (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => callback(...args), pause);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}

export const shown = (node) => Boolean(node && node.getClientRects().length);

// Settings of an island: its own <script type="application/json">, or one named by data-settings="id".
export function settingsOf(node, selector = ':scope > script[type="application/json"]') {
  const script = node.dataset.settings ? document.getElementById(node.dataset.settings) : node.querySelector(selector);
  return script ? JSON.parse(script.textContent) : {};
}

export const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

let lastId = 0;
export const freshId = (prefix) => `${prefix}-${++lastId}`;
