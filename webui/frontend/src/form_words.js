// form-js speaks English only: its complaints and its few words become ours.
import { options } from "preact";
import { shownNumber, texts } from "./texts.js";

const n = (text) => (Number.isFinite(Number(text)) ? shownNumber(Number(text)) : text);
const COMPLAINTS = [
  [/^Field is required\.$/, (w) => w.required],
  [/^Value is not a number\.$/, (w) => w.number],
  [/^Value is expected to be an integer\.$/, (w) => w.step(n(1))],
  [/^Value is expected to have at most (\d+) decimal digits?\.$/, (w, digits) => w.step(n(10 ** -digits))],
  [/^Please select a valid value, the two nearest valid values are (.+) and (.+)\.$/, (w, a, b) => `${n(a)} · ${n(b)}`],
  [/^Field must match pattern .*$/, (w) => w.pattern],
  [/^Field must have minimum value of (.+)\.$/, (w, value) => w.min(n(value))],
  [/^Field must have maximum value of (.+)\.$/, (w, value) => w.max(n(value))],
  [/^(Min|Max) validation value is not a valid number\.$/, (w) => w.number],
  [/^Field must have minimum length of (.+)\.$/, (w, value) => w.minLength(n(value))],
  [/^Field must have maximum length of (.+)\.$/, (w, value) => w.maxLength(n(value))],
  [/^Field must be a valid {1,2}international phone number.*$/, (w) => w.pattern],
  [/^Field must be a valid email\.$/, (w) => w.email],
];

export function inOurWords(complaint) {
  for (const [pattern, say] of COMPLAINTS) {
    const match = pattern.exec(complaint);
    if (match) return say(texts(), ...match.slice(1));
  }
  return complaint; // a sentence of the form's author
}

export function translateSentences(validator) {
  for (const method of ["validateField", "validateFieldInstance"]) {
    const theirs = validator[method].bind(validator);
    validator[method] = (field, value) => theirs(field, value).map(inOurWords);
  }
}

const LITTLE = { Search: "select", "No results": "nothing", "All values selected": "nothing", "Nothing to show.": "nothing", "No content to show.": "nothing",
  Browse: "addFile", "No files selected": "noFiles", "Show all": "showMore", "Show less": "showLess", "Add new": "addRow", Select: "select" };
const PLACES = ["placeholder", "title", "aria-label", "label"];
let speaking = false;

// form-js writes its words as plain children and attributes; they are exchanged as nodes are made.
export function speakOurLanguage() {
  if (speaking) return;
  speaking = true;
  const before = options.vnode;
  options.vnode = (vnode) => {
    if (typeof vnode.type === "string") {
      const { props } = vnode;
      for (const place of PLACES) if (LITTLE[props[place]]) props[place] = texts()[LITTLE[props[place]]];
      const { children } = props;
      if (typeof children === "string" && LITTLE[children] && /^fjs-/.test(props.class ?? "")) props.children = texts()[LITTLE[children]];
      else if (Array.isArray(children)) props.children = children.map((child) => (child === "Add new" ? texts().addRow : child));
    }
    before?.(vnode);
  };
}
