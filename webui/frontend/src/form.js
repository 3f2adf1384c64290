// form-js in our clothes and with our own fields. The submission travels in the real form around it.
import "@bpmn-io/form-js-viewer/dist/assets/form-js.css";
import { Form } from "@bpmn-io/form-js-viewer";
import { csrfToken, el, settingsOf } from "./dom.js";
import { OurFields } from "./form_fields.js";
import { speakOurLanguage, translateSentences } from "./form_words.js";
import { texts } from "./texts.js";

// Preact listens to the form's state only after its first paint.
const drawn = () => new Promise((done) => setTimeout(() => requestAnimationFrame(() => setTimeout(done)), 0));

const idOf = (form, key) => form.get("formFieldRegistry").getAll().find((field) => field.key === key || field.id === key)?.id;

// To form-js "card.kind" is a place in a tree; outside it is one key.
function treeOf(flat) {
  const tree = {};
  for (const [key, value] of Object.entries(flat)) {
    const path = key.split(".");
    const last = path.pop();
    path.reduce((at, name) => (at[name] ??= {}), tree)[last] = value;
  }
  return tree;
}
function flatOf(form, tree) {
  const keys = form.get("formFieldRegistry").getAll().map((field) => field.key).filter(Boolean);
  const found = keys.map((key) => [key, key.split(".").reduce((at, name) => at?.[name], tree)]);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

function showErrors(form, errors) {
  const byId = {};
  for (const [key, said] of Object.entries(errors)) {
    const id = idOf(form, key);
    if (id) byId[id] = [said].flat();
  }
  form._setState({ errors: byId });
}

function focusFirstBad(node) {
  const bad = node.querySelector(".fjs-has-errors");
  bad?.querySelector("input:not([type=hidden]), textarea, select, [contenteditable=true], button")?.focus();
}

function joinForm(node, form, real) {
  const field = el("input", { type: "hidden", name: node.dataset.name ?? "submission" });
  real.append(field);
  const write = () => (field.value = JSON.stringify(flatOf(form, form._getSubmitData())));
  const submitting = (event) => {
    if (event.target !== real) return;
    if (event.submitter?.formNoValidate) return void write();
    const { data, errors } = form.submit();
    field.value = JSON.stringify(flatOf(form, data));
    if (!Object.keys(errors).length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    requestAnimationFrame(() => focusFirstBad(node));
  };
  // The form inside is form-js's own: pressing Enter there means the real one.
  node.addEventListener("submit", (event) => {
    if (event.target === real) return;
    event.preventDefault();
    event.stopPropagation();
    real.requestSubmit(real.querySelector("[data-primary]") ?? undefined);
  });
  document.addEventListener("submit", submitting, true);
  real.addEventListener("chancery:collect", write);
  field.addEventListener("chancery:restored", () => field.value && form.importSchema(form.schemaAsGiven, treeOf(JSON.parse(field.value))));
  form.on("changed", () => real.dispatchEvent(new Event("input", { bubbles: true })));
  write();
  return () => document.removeEventListener("submit", submitting, true);
}

// <div class="ch-form" data-island="form" data-lookup-url="…"><script type="application/json">
//   {"schema": {…}, "data": {…}, "errors": {"card.amount": "…"}, "readonly": false, "labels": {…}, "attachments": {…}}</script></div>
export async function mount(node) {
  const { schema, data = {}, errors = {}, readonly = false, labels = {}, attachments = {} } = settingsOf(node);
  const real = node.closest("form");
  speakOurLanguage();
  const form = new Form({
    container: node,
    additionalModules: [OurFields],
    properties: { readOnly: readonly },
    chancery: { labels, attachments, errors, lookupUrl: node.dataset.lookupUrl, formId: real?.id, csrf: csrfToken },
  });
  form.schemaAsGiven = schema;
  translateSentences(form.get("validator"));
  node.style.setProperty("--ch-optional", JSON.stringify(texts().optional));
  await form.importSchema(schema, treeOf(data));
  await drawn();
  if (Object.keys(errors).length) {
    showErrors(form, errors);
    requestAnimationFrame(() => focusFirstBad(node));
  }
  const leave = real && !readonly ? joinForm(node, form, real) : () => {};
  return () => (leave(), form.destroy());
}
