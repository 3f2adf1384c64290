// Our own fields for form-js: what it lacks, under its rules (labels, errors, read-only, conditions).
import { Datetime, Description, Errors, Label, Radio } from "@bpmn-io/form-js-viewer";
import { h } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { combobox } from "./combobox.js";
import { dateField } from "./date_field.js";
import { el, icon } from "./dom.js";
import { momentField } from "./moment_field.js";
import { moneyField } from "./money_field.js";
import { rowsField } from "./rows_field.js";
import { texts } from "./texts.js";

let chancery = { labels: {}, attachments: {} };

const ids = (domId) => ({ help: `${domId}-description`, error: `${domId}-error-message` });

// The frame every field shares; `part` is the control.
function framed(props, type, part, { labelled = true } = {}) {
  const { field, domId, errors = [], disabled, readonly } = props;
  const { help, error } = ids(domId);
  const cls = ["fjs-form-field", `fjs-form-field-${type}`, errors.length && "fjs-has-errors", disabled && "fjs-disabled", readonly && "fjs-readonly"].filter(Boolean).join(" ");
  return h("div", { class: cls },
    h(Label, { htmlFor: labelled ? domId : undefined, id: `${domId}-label`, label: field.label, required: field.validate?.required }),
    part,
    h(Description, { id: help, description: field.description }),
    h(Errors, { id: error, errors }));
}

const tied = ({ domId, errors = [] }) => ({ "aria-describedby": `${ids(domId).help} ${ids(domId).error}`, ...(errors.length && { "aria-invalid": "true" }) });
const calendar = () => document.documentElement.dataset.calendar || "gregorian";

// A control made of plain DOM lives in one <div>; make(place, {change}) returns {show, remove}.
function usePart(props, make) {
  const place = useRef(null);
  const part = useRef(null);
  const latest = useRef(props);
  latest.current = props;
  const said = useRef(JSON.stringify(props.value));
  const saidBefore = useRef(new Set());
  useEffect(() => {
    const change = (value) => {
      said.current = JSON.stringify(value);
      saidBefore.current.add(said.current);
      latest.current.onChange({ value });
    };
    part.current = make(place.current, { change, blur: () => latest.current.onBlur?.(), focus: () => latest.current.onFocus?.() });
    return () => part.current?.remove?.();
  }, []);
  useEffect(() => {
    const now = JSON.stringify(props.value);
    if (now === said.current) return;
    // A late echo of what the writer has typed past already must not overwrite the field.
    if (saidBefore.current.has(now) && place.current?.contains(document.activeElement)) return;
    said.current = now;
    saidBefore.current.clear();
    part.current?.show?.(props.value);
  }, [props.value]);
  useEffect(() => {
    const input = place.current?.querySelector("input:not([type=hidden]), [contenteditable]");
    if (!input) return;
    if (props.errors?.length) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }, [props.errors?.length]);
  return place;
}

function lines(place, texts_) {
  place.append(el("div", { class: "fjs-input ch-read", dir: "auto" }, texts_ || "—"));
  return { show: () => {} };
}

function input(props, more = {}) {
  return el("input", { class: "fjs-input", type: "text", id: props.domId, autocomplete: "off", disabled: props.disabled, readonly: props.readonly, ...tied(props), ...more });
}

function JalaliDate(props) {
  const place = usePart(props, (box, { change, blur, focus }) => {
    const field = input(props, { "data-min": props.field.disallowPassedDates && new Date().toISOString().slice(0, 10), onblur: blur, onfocus: focus });
    box.append(field);
    const widget = dateField(field, { value: props.value ?? "", onChange: (iso, text) => change(iso || text || null) });
    return { show: (value) => widget.show(value ?? "") };
  });
  return framed(props, "jalalidate", h("div", { ref: place, class: "ch-fjs-part" }));
}

function timeInput(props, value, changed) {
  return el("input", { class: "fjs-input", type: "time", value: value ?? "", disabled: props.disabled, readonly: props.readonly, "aria-label": props.field.timeLabel ?? props.field.label, onchange: (event) => changed(event.target.value) });
}

function offsetHere(date, time) {
  const minutes = -new Date(`${date}T${time}`).getTimezoneOffset();
  const two = (x) => String(Math.trunc(Math.abs(x))).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

// form-js's own `datetime` becomes ours: date, time, or both with the zone of this place.
function Moment(props) {
  const kind = props.field.subtype ?? "date";
  const place = usePart(props, (box, { change, blur, focus }) => {
    let [date = "", time = ""] = kind === "time" ? ["", props.value ?? ""] : String(props.value ?? "").split("T");
    time = time.slice(0, 5);
    const zoned = () => (props.field.timeSerializingFormat === "no_timezone" ? "" : offsetHere(date, time));
    const tell = () => change(kind === "time" ? time || null : date && time ? `${date}T${time}${zoned()}` : null);
    const clock = timeInput(props, time, (value) => ((time = value), tell()));
    if (kind === "time") {
      clock.id = props.domId;
      box.append(clock);
      return { show: (value) => (clock.value = value ?? "") };
    }
    const field = input(props, { onblur: blur, onfocus: focus });
    box.classList.add("ch-pair");
    box.append(el("div", {}, field), clock);
    const widget = dateField(field, { value: date, onChange: (iso) => ((date = iso), tell()) });
    return { show: (value) => widget.show(String(value ?? "").split("T")[0]) };
  });
  return framed(props, "datetime", h("div", { ref: place, class: "ch-fjs-part" }));
}

function OurDatetime(props) {
  return (props.field.subtype ?? "date") === "date" ? h(JalaliDate, props) : h(Moment, props);
}
OurDatetime.config = { ...Datetime.config };

function Money(props) {
  const place = usePart(props, (box, { change, blur, focus }) => {
    const { currencies = props.field.currency ? [{ value: props.field.currency, label: props.field.currency }] : [] } = props.field;
    const input_ = { class: "fjs-input", id: props.domId, disabled: props.disabled, readonly: props.readonly, onfocus: focus, ...tied(props) };
    return moneyField(box, { value: props.value, label: props.field.label, currencies, input: input_, onBlur: blur, onChange: change });
  });
  return framed(props, "money", h("div", { ref: place, class: "ch-fjs-part" }));
}

// A day and a time of the reader's own clock; the server knows the zone.
function ZonedMoment(props) {
  const place = usePart(props, (box, { change, blur, focus }) => {
    const input_ = { class: "fjs-input", id: props.domId, disabled: props.disabled, readonly: props.readonly, onblur: blur, onfocus: focus, ...tied(props) };
    return momentField(box, { value: props.value ?? "", label: props.field.label, input: input_, onChange: change });
  });
  return framed(props, "moment", h("div", { ref: place, class: "ch-fjs-part" }));
}

function Period(props) {
  const place = usePart(props, (box, { change, blur, focus }) => {
    let ends = { from: "", to: "", ...props.value };
    const end = (name, more) => {
      const field = input(props, { onblur: blur, onfocus: focus, "aria-label": `${props.field.label}: ${texts()[name]}`, ...more });
      const widget = () => dateField(field, { value: ends[name] ?? "", onChange: (iso, text) => ((ends = { ...ends, [name]: iso || text }), change(ends.from || ends.to ? ends : null)) });
      return { name, field, widget };
    };
    const both = [end("from", {}), end("to", { id: null })];
    box.classList.add("ch-pair", "even");
    box.append(...both.map(({ field }) => el("div", {}, field)));
    const widgets = both.map(({ name, widget }) => [name, widget()]);
    return { show: (value) => ((ends = { from: "", to: "", ...value }), widgets.forEach(([name, widget]) => widget.show(ends[name] ?? ""))) };
  });
  return framed(props, "period", h("div", { ref: place, class: "ch-fjs-part" }));
}

// Yes, no, and nothing said as long as the field may stay empty.
function YesNo(props) {
  const words = texts();
  const values = [{ value: "yes", label: words.yes }, { value: "no", label: words.no }, ...(props.field.validate?.required ? [] : [{ value: "", label: words.notSaid }])];
  const said = props.value === true ? "yes" : props.value === false ? "no" : props.value ?? "";
  return h(Chooser, { ...props, value: said, field: { ...props.field, values }, onChange: ({ value }) => props.onChange({ value: value || null }) });
}

function Rows(props) {
  const place = usePart(props, (box, { change }) =>
    rowsField(box, {
      columns: props.field.columns ?? [], value: props.value ?? [], most: props.field.most, label: props.field.label, errors: errorsOf(props.field.key),
      readonly: props.readonly || props.disabled, lookupUrl: chancery.lookupUrl, labelledBy: `${props.domId}-label`, onChange: change,
    }));
  return framed(props, "rows", h("div", { ref: place, class: "ch-fjs-part" }), { labelled: false });
}

// What the server said about parts of a field: "card.items.2.price" is "2.price" of card.items.
function errorsOf(key) {
  const inside = Object.entries(chancery.errors ?? {}).filter(([path]) => path.startsWith(`${key}.`));
  return Object.fromEntries(inside.map(([path, said]) => [path.slice(key.length + 1), said]));
}

function known(props) {
  const values = [props.value ?? []].flat();
  const labels = [chancery.labels[props.field.key] ?? []].flat();
  return values.map((value) => labels.find((one) => String(one.value) === String(value)) ?? { value, label: String(value) });
}

function lookup(kind) {
  function Lookup(props) {
    const { multiple = false, lookupUrl, query = "" } = props.field;
    const place = usePart(props, (box, { change, blur, focus }) => {
      if (props.readonly || props.disabled) return lines(box, known(props).map((one) => [...(one.path ?? []), one.label].join(" › ")).join("; "));
      const field = input(props, { onblur: blur, onfocus: focus });
      box.append(field);
      const widget = combobox(field, {
        kind, multiple, query, url: lookupUrl ?? chancery.lookupUrl, chosen: known(props),
        onChange: (picked) => {
          chancery.labels[props.field.key] = picked;
          change(multiple ? picked.map((one) => one.value) : picked[0]?.value ?? null);
        },
      });
      return { show: (value) => widget.set(known({ ...props, value }), true) };
    });
    return framed(props, kind, h("div", { ref: place, class: "ch-fjs-part" }));
  }
  return Lookup;
}

function RichText(props) {
  const place = usePart(props, (box, { change, blur }) => {
    let editor = null;
    import("./richtext.js").then(({ richText }) => {
      if (box.isConnected) editor = richText(box, { value: props.value ?? "", label: props.field.label, readonly: props.readonly || props.disabled, describedBy: ids(props.domId).help, onChange: change, onBlur: blur });
    });
    return { show: (value) => editor?.set(value ?? ""), remove: () => editor?.remove() };
  });
  return framed(props, "richtext", h("div", { ref: place, class: "ch-fjs-part" }), { labelled: false });
}

const isChosen = (a, b) => a !== null && a !== undefined && String(a) === String(b);

function Chooser(props) {
  const { field, domId, value, disabled, readonly, onChange, onBlur, onFocus } = props;
  const { values = [] } = field;
  const segments = h("div", { class: "ch-seg", role: "radiogroup", "aria-labelledby": `${domId}-label`, "data-alt-keys": field.keys ? "" : undefined, ...tied(props) },
    values.map((one, index) => h("label", { key: one.value },
      h("input", { type: "radio", name: domId, id: index === 0 ? domId : `${domId}-${index}`, value: one.value, checked: isChosen(value, one.value), disabled: disabled || readonly, onChange: () => onChange({ value: one.value }), onBlur, onFocus }),
      one.label)));
  return framed(props, "chooser", segments, { labelled: false });
}

// Two to four short choices are segments, more stay a list of radio buttons.
function OurRadio(props) {
  const { values = [], valuesKey, valuesExpression } = props.field;
  const short = values.length >= 2 && values.length <= 4 && values.map((one) => one.label).join("").length <= 44;
  return h(short && !valuesKey && !valuesExpression ? Chooser : Radio, props);
}
OurRadio.config = { ...Radio.config };

// Files go beside the JSON, as parts of the real form; the JSON keeps the ids of what stays.
function Attachments(props) {
  const { field } = props;
  const place = usePart(props, (box, { change }) => {
    const words = texts();
    const all = chancery.attachments[field.key] ?? [];
    let kept = all.map((file) => file.id);
    const list = el("div", {});
    const draw = () => list.replaceChildren(...all.filter((file) => kept.includes(file.id)).map(line));
    function line(file) {
      const remove = () => ((kept = kept.filter((id) => id !== file.id)), draw(), change(kept));
      return el("div", { class: "ch-file" }, el("span", { class: "x" }, file.kind ?? ""), el("a", { class: "ch-cut", href: file.url }, el("bdi", {}, file.name)),
        file.size && el("span", { class: "ch-push ch-3rd ch-nowrap" }, file.size),
        props.readonly || props.disabled ? null : el("button", { type: "button", class: "ch-chip-x", "aria-label": words.remove(file.name), onclick: remove }, icon("x", "sm")));
    }
    draw();
    box.append(list);
    if (!props.readonly && !props.disabled) {
      const taken = el("div", {});
      const file = el("input", { class: "visually-hidden", type: "file", id: props.domId, name: `files.${field.key}`, form: chancery.formId, multiple: field.multiple !== false, accept: field.accept, ...tied(props) });
      file.addEventListener("change", () => taken.replaceChildren(...[...file.files].map((one) => el("div", { class: "ch-file" }, el("span", { class: "x" }, one.name.split(".").at(-1).slice(0, 4).toUpperCase()), el("bdi", { class: "ch-cut" }, one.name)))));
      box.append(taken, el("label", { class: "btn btn-plain ch-file-pick" }, file, icon("clip"), words.addFile));
    } else if (!all.length) box.append(el("div", { class: "ch-2nd ch-small" }, words.noFiles));
    return { show: (value) => ((kept = value ?? []), draw()) };
  });
  return framed(props, "attachments", h("div", { ref: place, class: "ch-fjs-part" }), { labelled: !props.readonly });
}

const FIELDS = {
  jalalidate: [JalaliDate, null],
  moment: [ZonedMoment, null],
  period: [Period, null],
  yesno: [YesNo, null],
  money: [Money, null],
  rows: [Rows, null],
  person: [lookup("person"), null],
  unit: [lookup("unit"), null],
  party: [lookup("party"), null],
  directory: [lookup("directory"), null],
  richtext: [RichText, ""],
  chooser: [Chooser, null],
  attachments: [Attachments, null],
};

class Registration {
  constructor(formFields, config) {
    chancery = { labels: {}, attachments: {}, ...config };
    for (const [type, [component, emptyValue]] of Object.entries(FIELDS)) {
      component.config = { type, keyed: true, name: type, group: "basic-input", emptyValue, create: (options = {}) => ({ ...options }) };
      formFields.register(type, component);
    }
    formFields.register("datetime", OurDatetime);
    formFields.register("radio", OurRadio);
  }
}
Registration.$inject = ["formFields", "config.chancery"];

export const OurFields = { __init__: ["chanceryFields"], chanceryFields: ["type", Registration] };
