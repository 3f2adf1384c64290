// What was typed survives: a pause in typing keeps a draft with the server, or on this computer.
import { csrfToken, once } from "./dom.js";
import { shownTime, texts } from "./texts.js";
import { toast } from "./toasts.js";

const PREFIX = "ch-draft:";
const PAUSE = 1200;
const KEPT_FOR = 14 * 86400e3;
const NEVER = new Set(["csrf_token", "request_id", "revision"]);

function typed(form) {
  const values = [];
  for (const node of form.elements) {
    if (!node.name || NEVER.has(node.name) || ["password", "file", "submit", "button"].includes(node.type)) continue;
    if (["checkbox", "radio"].includes(node.type)) values.push([node.name, node.value, node.checked]);
    else values.push([node.name, node.value]);
  }
  return values;
}

function putBack(form, values) {
  for (const [name, value, checked] of values) {
    for (const node of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (checked === undefined) node.value = value;
      else if (node.value === value) node.checked = checked;
      node.dispatchEvent(new Event("chancery:restored"));
    }
  }
}

function say(form, sentence) {
  const place = form.querySelector("[data-draft-state]") ?? document.querySelector(`[data-draft-state="${form.id}"]`);
  if (place) place.textContent = sentence;
}

function keepHere(form, key) {
  const revision = form.elements.revision?.value ?? "";
  try {
    localStorage.setItem(key, JSON.stringify({ at: Date.now(), revision, request: form.elements.request_id?.value ?? "", values: typed(form) }));
    say(form, texts().draftLocal(shownTime(new Date())));
  } catch {
    say(form, ""); // private mode or full: the page itself still holds the text
  }
}

async function keep(form, key) {
  if (!form.isConnected) return;
  form.dispatchEvent(new CustomEvent("chancery:collect"));
  const url = form.dataset.draftUrl;
  if (!url) return keepHere(form, key);
  try {
    const answer = await fetch(url, { method: "POST", body: new FormData(form), headers: { "X-CSRFToken": csrfToken() } });
    if (!answer.ok) throw new Error(String(answer.status));
    localStorage.removeItem(key);
    say(form, texts().draftSaved(shownTime(new Date())));
  } catch {
    keepHere(form, key);
  }
}

function restore(form, key) {
  const kept = JSON.parse(localStorage.getItem(key) ?? "null");
  if (!kept || kept.revision !== (form.elements.revision?.value ?? "")) return;
  const before = typed(form);
  if (JSON.stringify(before) === JSON.stringify(kept.values)) return;
  putBack(form, kept.values);
  toast(texts().draftRestored, { action: { text: texts().discard, run: () => (putBack(form, before), localStorage.removeItem(key)) } });
}

function forgetOld() {
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
    const { at } = JSON.parse(localStorage.getItem(key));
    if (Date.now() - at > KEPT_FOR) localStorage.removeItem(key);
  }
}

const started = new WeakSet();
export function startDrafts(part) {
  const forms = [...(part.matches?.("form[data-draft-key]") ? [part] : []), ...part.querySelectorAll("form[data-draft-key]")];
  for (const form of forms) {
    if (started.has(form)) continue;
    started.add(form);
    const key = PREFIX + form.dataset.draftKey;
    restore(form, key);
    const later = once(() => keep(form, key), PAUSE);
    form.addEventListener("input", later);
    form.addEventListener("change", later);
    form.addEventListener("submit", () => (later.cancel(), form.dataset.draftUrl || keepHere(form, key)));
    form.addEventListener("htmx:afterRequest", ({ detail }) => detail.successful && detail.elt === form && (later.cancel(), localStorage.removeItem(key)));
  }
}

// The server names the request it has just done: what was kept for it has arrived.
function forgetDone() {
  const done = document.cookie.match(/(?:^|; )ch-done=([\w-]+)/)?.[1];
  if (!done) return;
  document.cookie = "ch-done=; path=/; max-age=0";
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
    if (JSON.parse(localStorage.getItem(key)).request === done) localStorage.removeItem(key);
  }
}

export function startForgetting() {
  forgetOld();
  forgetDone();
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-sign-out]")) return;
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  });
}
