// A day and a time beside it. Submits "2026-11-24T14:30" of the reader's own clock; what is not understood goes as it was typed.
import { el } from "./dom.js";
import { westernDigits } from "./dates.js";
import { dateField } from "./date_field.js";
import { language, texts } from "./texts.js";

// 14:30, 1430, 9, ۱۴:۳۰ -> "14:30", or null when it is no time of a day.
export function understandTime(written) {
  const match = /^(\d{1,2})(?:\s?[:.٫]\s?(\d\d)|(\d\d))?$/.exec(westernDigits(written).trim());
  if (!match) return null;
  const [hour, minute] = [Number(match[1]), Number(match[2] ?? match[3] ?? 0)];
  return hour < 24 && minute < 60 ? `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}` : null;
}

const shownClock = (time) => (language() === "fa" ? time.replace(/\d/g, (digit) => "۰۱۲۳۴۵۶۷۸۹"[digit]) : time);

export function momentField(place, { value = "", label = "", input = {}, quiet = false, onChange = () => {} }) {
  let [date, time] = ["", ""];
  const day = el("input", { type: "text", autocomplete: "off", ...input });
  const clock = el("input", { ...input, id: null, type: "text", autocomplete: "off", inputmode: "numeric", dir: "ltr", placeholder: shownClock("00:00"), "aria-label": `${label}: ${texts().time}` });
  place.classList.add("ch-pair");
  place.append(el("div", {}, day), clock);
  const tell = () => onChange(date || time ? (date && time ? `${date}T${time}` : `${date}${date && time ? " " : ""}${time}`) : null);
  const widget = dateField(day, { quiet, onChange: (iso, text) => ((date = iso || text), tell()) });
  function readClock() {
    const found = understandTime(clock.value);
    clock.setCustomValidity(clock.value.trim() && !found ? texts().timeBad : "");
    time = found ?? clock.value.trim();
    return found;
  }
  clock.addEventListener("input", () => (readClock(), tell()));
  clock.addEventListener("change", () => {
    const found = readClock();
    if (found) clock.value = shownClock(found);
    tell();
  });
  function show(text) {
    const found = /^(.*?)[T ]?(\d\d:\d\d)?$/.exec(text ?? "");
    [date, time] = [found?.[1] ?? "", found?.[2] ?? ""];
    widget.show(date);
    clock.value = shownClock(time);
    readClock();
  }
  show(value);
  return { show };
}

// <input data-island="moment" name="card.visit" value="2026-11-24T14:30">: works as one text field without scripts.
export function mount(input) {
  const hidden = el("input", { type: "hidden", name: input.name, value: input.value });
  const place = el("div", {});
  const label = input.labels?.[0]?.firstChild?.textContent?.trim() ?? "";
  const tied = Object.fromEntries(["id", "class", "aria-describedby", "aria-invalid"].map((name) => [name, input.getAttribute(name)]));
  const field = momentField(place, {
    value: input.value, label, input: { ...tied, required: input.required },
    onChange: (text) => {
      hidden.value = text ?? "";
      hidden.dispatchEvent(new Event("input", { bubbles: true }));
    },
  });
  input.replaceWith(place, hidden);
  hidden.addEventListener("chancery:restored", () => field.show(hidden.value));
}
