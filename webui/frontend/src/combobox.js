// Type-ahead after the ARIA 1.2 combobox pattern: focus stays in the input, the list is told by aria-activedescendant.
import { el, freshId, icon, once, settingsOf } from "./dom.js";
import { shownNumber, texts } from "./texts.js";

const PAUSE = 200;

async function ask(url, kind, q, parent, extra) {
  const address = new URL(url, location.href);
  for (const [name, value] of new URLSearchParams(extra)) address.searchParams.set(name, value);
  address.searchParams.set("kind", kind);
  address.searchParams.set("q", q);
  if (parent) address.searchParams.set("parent", parent.value);
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

const path = (item) => [...(item.path ?? []), item.label].join(" › ");

export function combobox(input, { kind, url, chosen = [], multiple = false, query = "", onChange = () => {}, create = null }) {
  const words = texts();
  const listId = freshId("list");
  const list = el("div", { class: "ch-menu ch-combo-list", role: "listbox", id: listId, hidden: true, "aria-label": input.labels?.[0]?.textContent ?? kind });
  const status = el("span", { class: "visually-hidden", role: "status" });
  const chips = el("div", { class: "ch-bar ch-chips", hidden: true });
  const where = el("div", { class: "form-hint", id: freshId("where"), hidden: true });
  const box = el("div", { class: "ch-combo" });
  const writing = document.activeElement === input; // moving it takes the caret away
  input.before(box);
  box.append(chips, input, list, where, status);
  if (writing) input.focus();
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": listId, "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false", dir: "auto" })) input.setAttribute(name, value);
  input.setAttribute("aria-describedby", [input.getAttribute("aria-describedby"), where.id].filter(Boolean).join(" "));

  let items = [];
  let active = -1;
  let trail = []; // the levels of a directory we have walked into
  let asked = 0;
  let stale = false; // something was typed since the list was asked for: it answers another question
  let pressed = false; // Enter came meanwhile: the first of the answer is meant
  let picked = [];

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    active = -1;
  }
  function light(index) {
    active = index;
    if (index < 0) input.removeAttribute("aria-activedescendant");
    [...list.querySelectorAll('[role="option"]')].forEach((node, i) => {
      node.setAttribute("aria-selected", String(i === index));
      if (i === index) {
        input.setAttribute("aria-activedescendant", node.id);
        node.scrollIntoView({ block: "nearest" });
      }
    });
  }
  function option(item, index) {
    const words2 = el("span", { class: "ch-grow" }, el("span", { dir: "auto" }, item.label));
    const below = item.hint || (item.path?.length ? item.path.join(" › ") : "");
    if (below) words2.append(el("br"), el("span", { class: "ch-2nd ch-tiny", dir: "auto" }, below));
    const node = el("div", { role: "option", id: `${listId}-${index}`, "aria-selected": "false" }, words2);
    if (item.leaf === false) node.append(icon("next", "sm"), el("span", { class: "visually-hidden" }, words.inside));
    node.addEventListener("pointerdown", (event) => event.preventDefault());
    node.addEventListener("click", () => choose(item));
    return node;
  }
  function showList() {
    list.replaceChildren(...items.map(option));
    if (!items.length) list.append(el("div", { class: "ch-2nd", role: "option", "aria-disabled": "true", "aria-selected": "false", id: `${listId}-none` }, words.nothing));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    status.textContent = items.length ? words.found(shownNumber(items.length)) : words.nothing;
    if (items.length) light(0);
  }
  async function look() {
    const ticket = ++asked;
    lookLater.cancel();
    try {
      const answer = await ask(url, kind, input.value.trim(), trail.at(-1), query);
      if (ticket !== asked) return;
      stale = false;
      const taken = new Set(multiple ? picked.map((one) => one.value) : []);
      items = answer.filter((item) => !taken.has(item.value));
      if (create && input.value.trim()) items.push({ create: true, label: words.newParty(input.value.trim()) });
      showList();
      const known = items.filter((item) => !item.create);
      const meant = known.length ? known : items;
      if (pressed && meant.length === 1) choose(meant[0]);
    } catch {
      if (ticket === asked) status.textContent = words.lookupFailed;
    } finally {
      if (ticket === asked) pressed = false;
    }
  }
  const lookLater = once(look, PAUSE);

  function showTrail() {
    const shownPath = trail.length ? trail.map((one) => one.label).join(" › ") : !multiple && picked[0]?.path?.length ? path(picked[0]) : "";
    where.textContent = shownPath;
    where.hidden = !shownPath;
  }
  function showChips() {
    chips.hidden = !multiple || !picked.length;
    if (!multiple) return;
    chips.replaceChildren(...picked.map((one) => el("span", { class: "ch-pill" }, el("b", { dir: "auto", title: path(one) }, one.label),
      el("button", { type: "button", class: "ch-chip-x", "aria-label": words.remove(one.label), onclick: () => set(picked.filter((other) => other !== one)) }, icon("x", "sm")))));
  }
  function set(next, silent = false) {
    picked = next;
    input.value = !multiple && picked[0] ? picked[0].label : "";
    input.setCustomValidity("");
    input.required = input.dataset.required === "true" && !(multiple && picked.length);
    trail = [];
    showChips();
    showTrail();
    if (!silent) onChange(picked);
  }
  function choose(item) {
    if (item.create) {
      const text = input.value.trim();
      set([]);
      close();
      return create(text);
    }
    if (item.leaf === false) {
      trail = [...trail, item];
      input.value = "";
      showTrail();
      look();
      return;
    }
    const whole = { ...item, path: item.path ?? trail.map((one) => one.label) };
    set(multiple ? [...picked, whole] : [whole]);
    close();
  }
  function typed() {
    if (!multiple && picked.length) {
      picked = [];
      showTrail();
      onChange(picked);
    }
    stale = true;
    light(-1);
    lookLater();
  }
  function keydown(event) {
    const open = !list.hidden;
    if (event.key === "ArrowDown") open ? light(Math.min(active + 1, items.length - 1)) : look();
    else if (event.key === "ArrowUp" && open) light(Math.max(active - 1, 0));
    else if (event.key === "Home" && open && active > 0) light(0);
    else if (event.key === "End" && open && items.length) light(items.length - 1);
    else if (event.key === "Enter" && stale && input.value.trim() && !event.ctrlKey) (pressed = true), look();
    else if (event.key === "Enter" && open && items[active] && !event.ctrlKey) choose(items[active]);
    else if (event.key === "Escape" && open) close();
    else if (event.key === "Escape" && trail.length) (trail = [], showTrail());
    else if (event.key === "Backspace" && !input.value && trail.length) (trail = trail.slice(0, -1), showTrail(), look());
    else if (event.key === "Backspace" && !input.value && multiple && picked.length) return set(picked.slice(0, -1));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  function left() {
    lookLater.cancel();
    asked++;
    stale = pressed = false;
    close();
    if (multiple || !picked.length) input.setCustomValidity(input.value.trim() ? words.choose : "");
  }
  input.dataset.required = String(input.required);
  input.addEventListener("input", typed);
  input.addEventListener("keydown", keydown);
  input.addEventListener("blur", left);
  input.addEventListener("click", () => list.hidden && (multiple || !picked.length) && look());
  set(chosen, true);
  return { set, close };
}

// What was typed about a party nobody knows goes on as a new one: the fields of it open, the writer stands in the next.
function describing(input) {
  const fresh = input.dataset.kind === "party" ? input.closest(".ch-field")?.nextElementSibling : null;
  if (!fresh?.matches("details")) return null;
  return (text) => {
    const [name, mail, phone] = fresh.querySelectorAll("input");
    const place = text.includes("@") ? mail : /^[+\p{Nd}\s()-]{5,}$/u.test(text) ? phone : name;
    fresh.open = true;
    place.value = text;
    (place === name ? mail : name).focus();
    place.dispatchEvent(new Event("change", { bubbles: true }));
  };
}

// <input data-island="lookup" data-name data-kind data-lookup-url [data-query] [data-multiple]> and JSON of what is chosen beside it
export function mount(input) {
  const name = input.dataset.name;
  const script = document.querySelector(`script[data-for="${CSS.escape(input.id)}"]`);
  const values = el("span", { hidden: true });
  const write = (picked) => values.replaceChildren(...(picked.length ? picked : [{ value: "" }]).map((one) => el("input", { type: "hidden", name, value: one.value }))); // nothing chosen is said too, else what stood there would stay
  const chosen = script ? JSON.parse(script.textContent) : settingsOf(input).chosen ?? [];
  const changed = (picked) => {
    write(picked);
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  combobox(input, { kind: input.dataset.kind, url: input.dataset.lookupUrl, query: input.dataset.query, multiple: input.dataset.multiple === "true", chosen, onChange: changed, create: describing(input) });
  input.after(values);
  write(chosen);
}
