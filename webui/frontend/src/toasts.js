import { el, icon } from "./dom.js";
import { texts } from "./texts.js";

const STAYS = 6000;
const AT_MOST = 3;

function leaveLater(node) {
  if (node.getAttribute("role") === "alert") return;
  let timer = setTimeout(() => node.remove(), STAYS);
  const hold = () => clearTimeout(timer);
  const release = () => {
    clearTimeout(timer);
    timer = setTimeout(() => node.remove(), STAYS);
  };
  node.addEventListener("pointerenter", hold);
  node.addEventListener("focusin", hold);
  node.addEventListener("pointerleave", release);
  node.addEventListener("focusout", release);
}

// One line about the result of my own action. action = {text, run}.
export function toast(text, { bad = false, action = null } = {}) {
  const shut = el("button", { type: "button", class: "shut", "data-shut": true, "aria-label": texts().close }, icon("x", "sm"));
  const node = el("div", { class: "ch-toast", role: bad ? "alert" : "status", "data-toast": true },
    icon(bad ? "warn" : "s-ok"), el("span", { class: "ch-grow" }, text));
  if (action) node.append(el("button", { type: "button", class: "ch-go", onclick: () => (node.remove(), action.run()) }, action.text));
  node.append(shut);
  document.getElementById("toasts")?.append(node);
}

export function startToasts() {
  const box = document.getElementById("toasts");
  if (!box) return;
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === 1) leaveLater(node);
    while (box.children.length > AT_MOST) box.firstElementChild.remove();
  }).observe(box, { childList: true });
  [...box.children].forEach(leaveLater);
  document.body.addEventListener("toast", ({ detail }) => toast(detail.text ?? detail.value, { bad: Boolean(detail.bad) }));
}
