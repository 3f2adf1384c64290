// Parts of a card as tabs, after the ARIA pattern: arrows walk, one leaf is shown; a refused field opens its leaf.
import { el, freshId } from "./dom.js";

function start(box) {
  const leaves = [...box.querySelectorAll(":scope > .ch-leaf")];
  const list = el("div", { class: "ch-tabs", role: "tablist", "aria-label": box.dataset.leaves });
  const tabs = leaves.map((leaf, index) => {
    const id = freshId("leaf-tab");
    const heading = leaf.querySelector(":scope > h2");
    heading.hidden = true;
    Object.entries({ role: "tabpanel", "aria-labelledby": id, tabindex: "-1" }).forEach(([name, value]) => leaf.setAttribute(name, value));
    const bad = leaf.hasAttribute("data-bad") ? el("span", { class: "c", "data-st": "no" }, "!") : null;
    return el("a", { role: "tab", id, href: `#${leaf.id}`, "aria-controls": leaf.id, onclick: (event) => (event.preventDefault(), show(index)) }, heading.textContent, bad);
  });
  function show(index, focus = false) {
    leaves.forEach((leaf, at) => (leaf.hidden = at !== index));
    tabs.forEach((tab, at) => {
      tab.setAttribute("aria-selected", String(at === index));
      if (at === index) tab.setAttribute("aria-current", "true");
      else tab.removeAttribute("aria-current");
      tab.tabIndex = at === index ? 0 : -1;
    });
    if (focus) tabs[index].focus();
  }
  list.append(...tabs);
  list.addEventListener("keydown", (event) => {
    const forward = getComputedStyle(list).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const at = tabs.indexOf(event.target.closest("[role=tab]"));
    const to = { [forward]: at + 1, [forward === "ArrowRight" ? "ArrowLeft" : "ArrowRight"]: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    show((to + tabs.length) % tabs.length, true);
  });
  // A complaint found by the page itself stands in a hidden leaf: it is opened before the field is asked to take the focus.
  box.addEventListener("invalid", ({ target }) => open(target), true);
  box.addEventListener("chancery:look-here", ({ target }) => open(target));
  const open = (node) => show(Math.max(0, leaves.findIndex((leaf) => leaf.contains(node))));
  box.prepend(list);
  const refused = leaves.findIndex((leaf) => leaf.hasAttribute("data-bad"));
  const named = leaves.findIndex((leaf) => `#${leaf.id}` === location.hash);
  show(refused >= 0 ? refused : Math.max(named, 0));
}

export function startLeaves(part) {
  const boxes = [...(part.matches?.("[data-leaves]") ? [part] : []), ...(part.querySelectorAll?.("[data-leaves]") ?? [])];
  for (const box of boxes) if (!box.querySelector(":scope > [role=tablist]")) start(box);
}
