// A small editor: bold, italic, two kinds of lists. Keeps HTML in a hidden field.
import { Editor } from "@tiptap/core";
import { Bold } from "@tiptap/extension-bold";
import { Document } from "@tiptap/extension-document";
import { HardBreak } from "@tiptap/extension-hard-break";
import { Italic } from "@tiptap/extension-italic";
import { BulletList, ListItem, OrderedList } from "@tiptap/extension-list";
import { Paragraph } from "@tiptap/extension-paragraph";
import { Text } from "@tiptap/extension-text";
import { UndoRedo } from "@tiptap/extensions";
import { el } from "./dom.js";
import { texts } from "./texts.js";

const EXTENSIONS = [Document, Paragraph, Text, HardBreak, Bold, Italic, BulletList, OrderedList, ListItem, UndoRedo];
const COMMANDS = [
  ["bold", "B", (chain) => chain.toggleBold()],
  ["italic", "I", (chain) => chain.toggleItalic()],
  ["bulletList", "•", (chain) => chain.toggleBulletList()],
  ["orderedList", "1.", (chain) => chain.toggleOrderedList()],
];

export function richText(place, { value = "", label = "", readonly = false, describedBy = "", onChange = () => {}, onBlur = () => {} }) {
  const words = texts();
  const names = { bold: words.bold, italic: words.italic, bulletList: words.bullets, orderedList: words.numbers };
  const bar = el("div", { class: "ch-rich-bar", role: "toolbar", "aria-label": words.toolbar });
  const paper = el("div", { class: "ch-rich-text" });
  const box = el("div", { class: "ch-rich" }, readonly ? null : bar, paper);
  place.append(box);
  const editor = new Editor({
    element: paper,
    extensions: EXTENSIONS,
    content: value,
    editable: !readonly,
    injectCSS: false, // the policy forbids <style>; ours is in chancery.css
    editorProps: { attributes: { role: "textbox", "aria-multiline": "true", "aria-label": label, dir: "auto", ...(describedBy && { "aria-describedby": describedBy }), ...(readonly && { "aria-readonly": "true", tabindex: "0" }) } },
    onUpdate: ({ editor: now }) => onChange(now.isEmpty ? "" : now.getHTML()),
    onBlur: () => onBlur(),
    onTransaction: ({ editor: now }) => light(now),
  });
  const buttons = COMMANDS.map(([name, sign, run]) =>
    el("button", { type: "button", class: `ch-rich-b ${name}`, "aria-label": names[name], title: names[name], "aria-pressed": "false", "data-sign": sign, onclick: () => run(editor.chain().focus()).run() }));
  bar.append(...buttons);
  function light(now) {
    buttons?.forEach((button, i) => button.setAttribute("aria-pressed", String(now.isActive(COMMANDS[i][0]))));
  }
  return { set: (html) => editor.commands.setContent(html, { emitUpdate: false }), remove: () => (editor.destroy(), box.remove()) };
}

// <textarea data-island="richtext">: stays the field of the form, the editor stands in its place.
export function mount(area) {
  const place = el("div", {});
  area.hidden = true;
  area.after(place);
  const label = area.labels?.[0]?.firstChild?.textContent ?? "";
  const required = area.required;
  area.required = false; // a hidden field cannot take the focus of a complaint
  const editor = richText(place, {
    value: area.value,
    label,
    readonly: area.readOnly,
    onChange: (html) => {
      area.value = html;
      area.dispatchEvent(new Event("input", { bubbles: true }));
    },
  });
  area.labels?.[0]?.addEventListener("click", () => place.querySelector("[contenteditable]")?.focus());
  area.addEventListener("chancery:restored", () => editor.set(area.value));
  return () => (editor.remove(), (area.hidden = false), (area.required = required));
}
