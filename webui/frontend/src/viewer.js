// A diagram to look at: where an instance is, or where many stand. Never mirrored.
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import { el, freshId, icon, settingsOf } from "./dom.js";
import { shownNumber, texts } from "./texts.js";

export const RENDERER = {
  defaultFillColor: "var(--n-fill, var(--ch-sheet))",
  defaultStrokeColor: "var(--n-line, var(--ch-ink-2))",
  defaultLabelColor: "var(--n-text, var(--ch-ink))",
};
const THICK = { now: "2.5px", picked: "2.5px" };
const STEP = 1.2;
const AIR = 0.92; // room for labels and badges at the edges

function badge(sign, text, name) {
  return el("span", { class: `ch-badge ${name}` }, sign && icon(sign, "sm"), text);
}

function mark(viewer, id, about) {
  const canvas = viewer.get("canvas");
  const overlays = viewer.get("overlays");
  if (about.state) canvas.addMarker(id, `ch-${about.state}`);
  if (about.incidents) canvas.addMarker(id, "ch-incident");
  const thick = THICK[about.state];
  if (thick) canvas.getGraphics(id).querySelector(".djs-visual > *").style.strokeWidth = thick;
  const badges = el("span", { class: "ch-badges" });
  if (about.count) badges.append(badge("", shownNumber(about.count), "n"));
  if (about.incidents) badges.append(badge("bolt", shownNumber(about.incidents), "x"));
  if (badges.children.length) overlays.add(id, { position: { bottom: 9, left: -6 }, html: badges });
  if (about.note) overlays.add(id, { position: { bottom: -4, left: 0 }, html: el("span", { class: `ch-step-note ${about.state ?? ""}`, dir: "auto" }, about.note) });
}

// The twin in words: the same steps and states as a list.
function twin(viewer, elements) {
  const words = texts();
  const registry = viewer.get("elementRegistry");
  const lines = Object.entries(elements).map(([id, about]) => {
    const name = registry.get(id)?.businessObject.name || id;
    const state = [words.states[about.state], about.incidents && `${words.states.incident}: ${shownNumber(about.incidents)}`, about.count && shownNumber(about.count), about.note].filter(Boolean).join(" · ");
    return el("li", {}, el("bdi", {}, name), state && `: ${state}`);
  });
  return el("details", { class: "ch-twin", id: freshId("twin") }, el("summary", {}, words.steps), el("ol", {}, ...lines));
}

function controls(viewer) {
  const words = texts();
  const zoom = viewer.get("zoomScroll");
  const button = (sign, label, act) => el("button", { type: "button", class: "ch-icon", "aria-label": label, title: label, onclick: act }, icon(sign));
  return el("div", { class: "ov ch-zoom" }, button("zout", words.zoomOut, () => zoom.stepZoom(-1)), button("zin", words.zoomIn, () => zoom.stepZoom(1)), button("fit", words.fit, () => fit(viewer)));
}

export function fit(viewer) {
  const canvas = viewer.get("canvas");
  canvas.zoom("fit-viewport", "auto");
  canvas.zoom(Math.min(1, canvas.zoom() * AIR), "auto");
}

function walkAlong(viewer, forward) {
  const selection = viewer.get("selection");
  const [now] = selection.get();
  const registry = viewer.get("elementRegistry");
  if (!now) return selection.select(registry.find((node) => node.type === "bpmn:StartEvent"));
  const [flow] = forward ? now.outgoing ?? [] : now.incoming ?? [];
  if (flow) selection.select(forward ? flow.target : flow.source);
}

function keys(viewer, event) {
  const canvas = viewer.get("canvas");
  const act = {
    Equal: () => canvas.zoom(canvas.zoom() * STEP, "auto"), NumpadAdd: () => canvas.zoom(canvas.zoom() * STEP, "auto"),
    Minus: () => canvas.zoom(canvas.zoom() / STEP, "auto"), NumpadSubtract: () => canvas.zoom(canvas.zoom() / STEP, "auto"),
    Digit0: () => fit(viewer), Numpad0: () => fit(viewer),
    ArrowRight: () => walkAlong(viewer, true), ArrowLeft: () => walkAlong(viewer, false),
  }[event.code];
  if (!act || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  act();
}

// <div class="ch-canvas" data-island="viewer" data-diagram-url="…" aria-label="…"><script type="application/json">{…}</script></div>
export async function mount(node) {
  const { elements = {}, flows = [], picked = "", pick_url = "" } = settingsOf(node);
  const answer = await fetch(node.dataset.diagramUrl, { headers: { Accept: "application/xml" } });
  if (!answer.ok) throw new Error(`diagram ${answer.status}`);
  const stage = el("div", { class: "ch-stage", dir: "ltr", tabindex: "0", role: "application", "aria-label": node.getAttribute("aria-label") ?? texts().diagram, "data-own-keys": true });
  node.append(stage);
  const viewer = new NavigatedViewer({ container: stage, bpmnRenderer: RENDERER });
  await viewer.importXML(await answer.text());
  const registry = viewer.get("elementRegistry");
  for (const [id, about] of Object.entries(elements)) if (registry.get(id)) mark(viewer, id, about);
  for (const id of flows) if (registry.get(id)) viewer.get("canvas").addMarker(id, "ch-done");
  if (picked && registry.get(picked)) mark(viewer, picked, { state: "picked" });
  if (Object.values(elements).some((about) => about.state)) stage.classList.add("ch-live"); // where it stands matters, not how it was painted
  const list = twin(viewer, elements);
  stage.setAttribute("aria-describedby", list.id);
  stage.before(controls(viewer));
  node.append(list);
  const drawing = stage.querySelector("svg");
  drawing.setAttribute("aria-hidden", "true");
  drawing.removeAttribute("tabindex"); // the stage is the tab stop
  stage.addEventListener("keydown", (event) => keys(viewer, event));
  viewer.on("element.click", ({ element }) => {
    node.dispatchEvent(new CustomEvent("chancery:step", { bubbles: true, detail: { id: element.id, name: element.businessObject.name ?? "" } }));
    if (pick_url && elements[element.id]) location.assign(pick_url.replace("{id}", encodeURIComponent(element.id)));
  });
  // In a pane that is not shown there is nothing to fit into; it is done when the pane is.
  const watch = new ResizeObserver(() => stage.clientWidth && (fit(viewer), watch.disconnect()));
  watch.observe(stage);
  return () => (watch.disconnect(), viewer.destroy());
}
