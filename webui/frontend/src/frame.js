// Small behaviours of the frame: theme, rail, aside, dialogs, copying, picking lines of a table.
import { texts } from "./texts.js";
import { toast } from "./toasts.js";

const YEAR = 31536000;
function remember(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR}; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
}

function toggleTheme() {
  const root = document.documentElement;
  const dark = root.dataset.bsTheme ? root.dataset.bsTheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.bsTheme = dark ? "light" : "dark";
  remember("ch-theme", root.dataset.bsTheme);
}

function foldRail(button) {
  const slim = document.querySelector("[data-frame]").classList.toggle("slim");
  button.setAttribute("aria-pressed", String(slim));
  remember("ch-rail", slim ? "slim" : "wide");
}

function shut(button) {
  const toastNode = button.closest("[data-toast]");
  if (toastNode) toastNode.remove();
  else button.closest("dialog")?.close();
}

async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  toast(texts().copied);
}

let lastPicked = null;
function mark(box) {
  box.closest("tr")?.setAttribute("aria-selected", String(box.checked));
}
export function pick(box, upToHere) {
  const boxes = [...box.closest("table").querySelectorAll("[data-pick]")];
  const from = upToHere && lastPicked ? boxes.indexOf(lastPicked) : -1;
  if (from >= 0) {
    const to = boxes.indexOf(box);
    for (const each of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) each.checked = box.checked;
  }
  lastPicked = box;
  boxes.forEach(mark);
  const n = boxes.filter((each) => each.checked).length;
  box.dispatchEvent(new CustomEvent("chancery:picked", { bubbles: true, detail: { n } }));
}

const CLICKS = [
  ["[data-theme-toggle]", toggleTheme],
  ["[data-fold-rail]", foldRail],
  ["[data-aside]", (button) => button.setAttribute("aria-expanded", String(document.querySelector("[data-frame]").classList.toggle("aside-open")))],
  ["[data-dialog]", (button) => document.getElementById(button.dataset.dialog)?.showModal()],
  ["[data-shut]", shut],
  ["[data-copy]", copy],
  ["[data-print]", () => window.print()],
];

function clicked(event) {
  for (const [selector, act] of CLICKS) {
    const button = event.target.closest(selector);
    if (button) act(button);
  }
  const box = event.target.closest("[data-pick]");
  if (box) pick(box, event.shiftKey);
  const all = event.target.closest("[data-pick-all]");
  if (all) {
    const boxes = [...all.closest("table").querySelectorAll("[data-pick]")];
    boxes.forEach((each) => (each.checked = all.checked));
    if (boxes.length) pick(boxes.at(-1), false);
  }
}

export function openArrivedDialogs(part) {
  const dialogs = part.matches?.("#over dialog") ? [part] : part.querySelectorAll?.("#over dialog") ?? [];
  for (const dialog of dialogs) if (!dialog.open) dialog.showModal();
}

export function startFrame() {
  document.addEventListener("click", clicked);
  document.addEventListener("close", (event) => event.target.closest?.("#over") && event.target.remove(), true);
}
