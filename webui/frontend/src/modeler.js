// The modeler: open, draw, save as a file. Inside a form it also submits the drawing as `bpmn`.
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/bpmn-font/css/bpmn.css";
import "@bpmn-io/properties-panel/assets/properties-panel.css";
import Modeler from "bpmn-js/lib/Modeler";
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, CamundaPlatformPropertiesProviderModule } from "bpmn-js-properties-panel";
import CamundaBehaviors from "camunda-bpmn-js-behaviors/lib/camunda-platform";
import camunda from "camunda-bpmn-moddle/resources/camunda.json";
import { el, icon } from "./dom.js";
import { texts } from "./texts.js";

async function download(modeler, name) {
  const { xml } = await modeler.saveXML({ format: true });
  const href = URL.createObjectURL(new Blob([xml], { type: "application/xml" }));
  el("a", { href, download: name }).click();
  URL.revokeObjectURL(href);
}

function toolbar(modeler, name) {
  const words = texts();
  const file = el("input", { type: "file", accept: ".bpmn,.xml", hidden: true, onchange: async () => file.files[0] && modeler.importXML(await file.files[0].text()) });
  const button = (sign, label, act) => el("button", { type: "button", class: "btn btn-sm btn-plain", onclick: act }, icon(sign), label);
  return el("div", { class: "ch-bar ch-modeler-bar" }, button("rise", words.openFile, () => file.click()), button("load", words.saveFile, () => download(modeler, name)), file);
}

// Saving is asynchronous, a submit is not: hold the first submit, write the field, submit again.
function joinForm(node, modeler) {
  const form = node.closest("form");
  if (!form) return;
  const field = el("input", { type: "hidden", name: node.dataset.name ?? "bpmn" });
  form.append(field);
  let written = false;
  form.addEventListener("submit", async (event) => {
    if (written) return void (written = false);
    event.preventDefault();
    event.stopImmediatePropagation();
    field.value = (await modeler.saveXML({ format: true })).xml;
    written = true;
    setTimeout(() => form.requestSubmit(event.submitter)); // not while this submit is still being told
  }, true);
}

// <div data-island="modeler" data-diagram-url="…" data-file-name="route.bpmn"></div>
export async function mount(node) {
  const stage = el("div", { class: "ch-stage", dir: "ltr" });
  const panel = el("div", { class: "ch-properties", dir: "ltr" });
  const modeler = new Modeler({
    container: stage,
    propertiesPanel: { parent: panel },
    additionalModules: [BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, CamundaPlatformPropertiesProviderModule, CamundaBehaviors],
    moddleExtensions: { camunda },
  });
  node.append(toolbar(modeler, node.dataset.fileName ?? "diagram.bpmn"), el("div", { class: "ch-modeler" }, stage, panel));
  if (node.dataset.diagramUrl) {
    const answer = await fetch(node.dataset.diagramUrl, { headers: { Accept: "application/xml" } });
    if (!answer.ok) throw new Error(`diagram ${answer.status}`);
    await modeler.importXML(await answer.text());
  } else await modeler.createDiagram();
  modeler.get("canvas").zoom("fit-viewport", "auto");
  joinForm(node, modeler);
  return () => modeler.destroy();
}
