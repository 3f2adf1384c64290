// An island is an element with data-island; its code comes when it is needed and leaves with the element.
import { el } from "./dom.js";
import * as combobox from "./combobox.js";
import * as dateField from "./date_field.js";
import * as momentField from "./moment_field.js";
import * as moneyField from "./money_field.js";
import * as rowsField from "./rows_field.js";
import { texts } from "./texts.js";

const HERE = {
  date: async () => dateField,
  moment: async () => momentField,
  money: async () => moneyField,
  rows: async () => rowsField,
  lookup: async () => combobox,
  richtext: () => import("./richtext.js"),
  viewer: async () => (await style("viewer"), import("./viewer.js")),
  modeler: async () => (await style("modeler"), import("./modeler.js")),
  form: async () => (await style("form"), import("./form.js")),
};
const FAILED = { viewer: "diagramFailed", modeler: "diagramFailed", form: "formFailed" };
const living = new Map();

// Styles of an island stand before our tokens, so that ours win.
function style(name) {
  const href = new URL(`./${name}.css`, import.meta.url).pathname;
  if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
  return new Promise((done) => {
    const link = el("link", { rel: "stylesheet", href, onload: done, onerror: done });
    document.querySelector('link[href*="tokens.css"]').before(link);
  });
}

async function start(node) {
  if (living.has(node)) return;
  living.set(node, null);
  const kind = node.dataset.island;
  try {
    const { mount } = await HERE[kind]();
    if (!node.isConnected) return void living.delete(node);
    living.set(node, (await mount(node)) ?? null);
    node.dataset.ready = "true";
    node.dispatchEvent(new CustomEvent("chancery:island-ready", { bubbles: true }));
  } catch (error) {
    console.error(error);
    if (FAILED[kind]) node.append(el("p", { class: "ch-banner", "data-st": "no", role: "alert" }, texts()[FAILED[kind]]));
  }
}

export function startIslands(part) {
  if (part.matches?.("[data-island]")) start(part);
  part.querySelectorAll?.("[data-island]").forEach(start);
}

export function stopIslands(part) {
  for (const [node, stop] of living) {
    if (node !== part && !part.contains(node)) continue;
    living.delete(node);
    stop?.();
  }
}
