// Our own sentences beside the field instead of the browser's balloon: on leaving it, and all again on submit.
import { el, icon } from "./dom.js";
import { texts } from "./texts.js";

export function sentenceFor(input) {
  const { validity } = input;
  const words = texts();
  if (validity.customError) return input.validationMessage;
  if (validity.valueMissing) return words.required;
  if (validity.typeMismatch) return input.type === "email" ? words.email : words.pattern;
  if (validity.tooShort) return words.minLength(input.minLength);
  if (validity.tooLong) return words.maxLength(input.maxLength);
  if (validity.rangeUnderflow) return words.min(input.min);
  if (validity.rangeOverflow) return words.max(input.max);
  return validity.valid ? "" : words.pattern;
}

function untie(input, id) {
  const rest = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((one) => one && one !== id);
  return rest.join(" ");
}

export function showSentence(input, sentence) {
  const field = input.closest(".ch-field");
  if (!field) return;
  const id = `${input.id || input.name}-error`;
  field.querySelectorAll(":scope > .ch-err").forEach((old) => old.remove());
  field.classList.toggle("ch-bad", Boolean(sentence));
  const others = untie(input, id);
  if (others) input.setAttribute("aria-describedby", others);
  else input.removeAttribute("aria-describedby");
  if (!sentence) return input.removeAttribute("aria-invalid");
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", `${id} ${others}`.trim());
  field.append(el("div", { class: "ch-err", id }, icon("warn", "sm"), el("span", {}, sentence)));
}

const checked = (form) => [...form.elements].filter((node) => node.willValidate && node.closest(".ch-field"));

function leaving({ target }) {
  if (!target.form || !target.willValidate || !target.closest?.(".ch-field")) return;
  if (target.validity.valid && target.dataset.touched !== "true") return; // what the server said stays until the field changes
  if (target.validity.valueMissing && target.dataset.touched !== "true") return; // passing through is not an error
  showSentence(target, sentenceFor(target));
}

function submitting(event) {
  const form = event.target;
  if (event.submitter?.formNoValidate || form.method === "dialog") return;
  const bad = checked(form).filter((node) => !node.validity.valid);
  checked(form).forEach((node) => (!node.validity.valid || node.dataset.touched === "true") && showSentence(node, sentenceFor(node)));
  if (!bad.length) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  bad[0].dispatchEvent(new CustomEvent("chancery:look-here", { bubbles: true }));
  bad[0].focus();
}

export function startChecks() {
  document.addEventListener("input", ({ target }) => target.dataset && (target.dataset.touched = "true"));
  document.addEventListener("focusout", leaving);
  document.addEventListener("submit", submitting, true);
}

export function quiet(part) {
  const forms = [...(part.matches?.("form") ? [part] : []), ...(part.querySelectorAll?.("form") ?? [])];
  for (const form of forms) if (form.querySelector(".ch-field")) form.noValidate = true;
}
