// The browser's own file button speaks the browser's language: ours stands over it and speaks the page's.
import { el, icon } from "./dom.js";
import { shownNumber, texts } from "./texts.js";

function named(input) {
  const names = [...input.files].map((file) => file.name);
  if (!names.length) return texts().noFile;
  return names.length > 2 ? `${names[0]} +${shownNumber(names.length - 1)}` : names.join(", ");
}

function dress(input) {
  const said = el("bdi", { class: "ch-cut ch-2nd" }, named(input));
  const words = input.multiple ? texts().chooseFiles : texts().chooseFile;
  const face = el("label", { class: "ch-file-face form-control" }, el("span", { class: "btn btn-sm btn-plain" }, icon("clip"), words), said);
  input.before(face);
  face.append(input);
  input.classList.remove("form-control");
  input.classList.add("visually-hidden");
  input.addEventListener("change", () => (said.textContent = named(input)));
}

export function startFileInputs(part) {
  part.querySelectorAll?.("input[type=file].form-control").forEach(dress);
}
