// Keys are read by position (event.code), so ЙЦУКЕН and Persian layouts work. Every key has a visible button.
import { el, shown } from "./dom.js";
import { texts } from "./texts.js";

const GO = { KeyH: "h", KeyI: "i", KeyD: "d", KeyA: "a", KeyR: "r" };
const GO_WITHIN = 1500;
let goUntil = 0;
let lastField = null;

const isField = (node) => Boolean(node?.matches?.("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable=true]"));
const first = (selector, root = document) => [...root.querySelectorAll(selector)].find((node) => shown(node) && !node.disabled);

function press(selector) {
  const dialog = document.querySelector("dialog[open]:modal");
  const form = document.activeElement?.closest?.("form");
  const node = dialog ? first(selector, dialog) : (form && first(selector, form)) || first(selector);
  node?.click();
  return Boolean(node);
}

const rows = () => [...document.querySelectorAll("[data-row]")].filter(shown);
function rowOf(node) {
  return node?.closest?.("[data-row]") ?? document.querySelector("[data-row][aria-current]");
}
function walk(step) {
  const all = rows();
  if (!all.length) return false;
  const at = all.indexOf(rowOf(document.activeElement));
  const row = all[Math.max(0, Math.min(all.length - 1, at + step))] ?? all[0];
  const link = row.matches("[data-open]") ? row : row.querySelector("[data-open]") ?? row;
  link.focus();
  link.scrollIntoView({ block: "nearest" });
  return true;
}

function back() {
  const link = first("[data-back]");
  if (link) return link.click(), true;
  const row = document.querySelector("[data-row][aria-current]");
  const target = row?.matches("[data-open]") ? row : row?.querySelector("[data-open]");
  return target ? (target.focus(), true) : false;
}

function nth(n) {
  const form = document.activeElement?.closest?.("form");
  const group = (form && first("[data-alt-keys]", form)) || first("[data-alt-keys]");
  const node = group?.querySelectorAll("a, label")[n - 1];
  node?.click();
  return Boolean(node);
}

// F4: what is selected in the letter goes into the field where the writer was; taken text stays marked.
function take() {
  const selection = getSelection();
  const text = selection?.toString().trim();
  if (!text || !lastField?.isConnected) return false;
  const field = isField(document.activeElement) ? document.activeElement : lastField;
  field.setRangeText(text, field.selectionStart ?? field.value.length, field.selectionEnd ?? field.value.length, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  const range = selection.getRangeAt(0);
  if (range.commonAncestorContainer.nodeType === Node.TEXT_NODE && range.startContainer.parentElement.closest("[data-source]")) range.surroundContents(el("mark"));
  field.focus();
  return true;
}

function lines() {
  const words = texts().keyNames;
  const all = [["Ctrl K  /", "find", "[data-find]"], ["?", "help", "body"], ["g  h i d a r", "go", "body[data-places]"], ["j  k", "next", "[data-row]"], ["Enter", "open", "[data-row]"],
    ["Esc", "back", "[data-row], [data-back]"], ["x  Shift x", "pick", "[data-pick]"], ["Ctrl Enter", "primary", "[data-primary]"], ["Ctrl S", "second", "[data-second]"],
    ["Alt 1…9", "nth", "[data-alt-keys]"], ["F4", "take", "[data-source]"], ["c", "claim", '[data-key="c"]'], ["m", "pass", '[data-key="m"]'], ["r", "ask", '[data-key="r"]']];
  return all.filter(([, , selector]) => document.querySelector(selector)).flatMap(([keys, name]) => [el("dt", {}, el("kbd", { class: "ch-key" }, keys)), el("dd", {}, words[name])]);
}

function help() {
  const words = texts();
  const dialog = el("dialog", { class: "ch-dialog", "aria-labelledby": "keys-title" }, el("div", { class: "hd" }, el("h2", { id: "keys-title" }, words.keys)),
    el("div", { class: "bd" }, el("dl", { class: "ch-keys" }, ...lines())), el("div", { class: "ft" }, el("button", { class: "btn btn-plain", type: "button", "data-shut": true }, words.close)));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return true;
}

function go(code) {
  const places = JSON.parse(document.body.dataset.places ?? "{}");
  const url = places[GO[code]];
  goUntil = 0;
  if (url) location.assign(url);
  return Boolean(url);
}

function find() {
  const target = first("[data-find]");
  if (!target) return false;
  if (isField(target)) target.focus();
  else target.click();
  return true;
}

function pickRow(upTo) {
  const box = document.activeElement?.closest?.("tr, [data-row]")?.querySelector("[data-pick]");
  if (!box) return false;
  box.checked = !box.checked;
  box.dispatchEvent(new MouseEvent("chancery:key-pick", { bubbles: true, shiftKey: upTo }));
  return true;
}

function letter(event) {
  if (document.body.dataset.letterKeys === "off") return false;
  if (goUntil > Date.now() && GO[event.code]) return go(event.code);
  if (event.key === "?" || (event.code === "Slash" && event.shiftKey)) return help();
  switch (event.code) {
    case "KeyG": return (goUntil = Date.now() + GO_WITHIN), true;
    case "KeyJ": return walk(1);
    case "KeyK": return walk(-1);
    case "KeyX": return pickRow(event.shiftKey);
    case "Slash": return find();
    default: return !event.shiftKey && event.code.startsWith("Key") && press(`[data-key="${event.code.slice(3).toLowerCase()}"]`);
  }
}

function chord(event) {
  const ctrl = event.ctrlKey || event.metaKey;
  if (ctrl && event.code === "KeyK") return find();
  if (ctrl && (event.code === "Enter" || event.code === "NumpadEnter")) return press("[data-primary]");
  if (ctrl && event.code === "KeyS") return press("[data-second]");
  if (event.altKey && /^Digit[1-9]$/.test(event.code)) return nth(Number(event.code.slice(5)));
  if (event.altKey && event.code.startsWith("Key")) return press(`[data-key="alt+${event.code.slice(3).toLowerCase()}"]`);
  return false;
}

function keydown(event) {
  if (event.defaultPrevented || event.isComposing) return;
  let done = false;
  if (event.ctrlKey || event.metaKey || event.altKey) done = chord(event);
  else if (event.code === "F4") done = take();
  else if (event.code === "Escape" && !document.querySelector("dialog[open]:modal")) done = !isField(event.target) && back();
  else if (!isField(event.target) && !event.target.closest?.("[data-own-keys]")) done = letter(event);
  if (done) event.preventDefault();
}

// A list is one tab stop; arrows walk inside it.
function arrows(event) {
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || !event.target.closest?.("[data-list] [data-open]")) return;
  const list = event.target.closest("[data-list]");
  const links = [...list.querySelectorAll("[data-open]")].filter(shown);
  const next = links[links.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
export function oneTabStop(part) {
  const lists = [...(part.matches?.("[data-list]") ? [part] : []), ...(part.querySelectorAll?.("[data-list]") ?? [])];
  for (const list of lists) {
    const links = [...list.querySelectorAll("[data-open]")];
    const home = links.find((link) => link.hasAttribute("aria-current")) ?? links[0];
    for (const link of links) link.tabIndex = link === home ? 0 : -1;
  }
}

export function startKeyboard(pick) {
  document.addEventListener("keydown", keydown);
  document.addEventListener("keydown", arrows);
  document.addEventListener("chancery:key-pick", (event) => pick(event.target, event.shiftKey));
  document.addEventListener("focusin", ({ target }) => {
    if (isField(target) && target.setRangeText) lastField = target;
    const list = target.closest?.("[data-list]");
    if (list && target.matches("[data-open]")) for (const link of list.querySelectorAll("[data-open]")) link.tabIndex = link === target ? 0 : -1;
  });
}
