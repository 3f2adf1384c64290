// A text field that speaks the user's calendar and always submits ISO. Shows what it understood.
import { el, freshId } from "./dom.js";
import { shownDate, spokenDate, todayHere, understandDate } from "./dates.js";
import { language, texts } from "./texts.js";

const ISO = /^\d{4}-\d\d-\d\d$/;

export function dateField(input, { value = "", quiet = false, onChange = () => {} } = {}) {
  const manner = { language: language(), calendar: document.documentElement.dataset.calendar || "gregorian" };
  const today = input.dataset.today || todayHere();
  const understood = el("div", { class: quiet ? "visually-hidden" : "form-hint", id: freshId("understood"), "aria-live": "polite" });
  input.setAttribute("aria-describedby", [input.getAttribute("aria-describedby"), understood.id].filter(Boolean).join(" "));
  input.classList.add("ch-date");
  input.after(understood);

  function read() {
    const text = input.value.trim();
    const found = ISO.test(text) ? understandDate(text, { today }) : understandDate(text, { today, calendar: manner.calendar });
    const early = found && input.dataset.min && found < input.dataset.min;
    const late = found && input.dataset.max && found > input.dataset.max;
    input.setCustomValidity(text && !found ? texts().date : early ? texts().datePast : late ? texts().dateFuture : "");
    understood.textContent = found ? spokenDate(found, manner) : "";
    return found;
  }
  function show(isoText) {
    input.value = ISO.test(isoText) ? shownDate(isoText, manner) : isoText || ""; // what was no date comes back as it was typed
    read();
  }
  input.addEventListener("input", () => onChange(read() ?? "", input.value));
  input.addEventListener("change", () => {
    const found = read();
    if (found) show(found);
    onChange(found ?? "", input.value);
  });
  show(value);
  return { show, read, remove: () => understood.remove() };
}

// <input data-island="date" data-name="received" value="2026-11-22">
export function mount(input) {
  const hidden = el("input", { type: "hidden", name: input.dataset.name || input.name, value: input.value });
  input.removeAttribute("name");
  input.after(hidden);
  const field = dateField(input, { value: input.value, onChange: (found, text) => (hidden.value = found || text) });
  hidden.addEventListener("chancery:restored", () => field.show(hidden.value));
  return () => (field.remove(), hidden.remove());
}
