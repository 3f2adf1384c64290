// A table of rows whose cells are small fields. Enter goes down and adds a row at the end, Alt with an arrow moves a row,
// Alt Delete takes it out; every key has its button. Values travel as a list of {column: value}.
import { shownAmount, understandAmount } from "./amounts.js";
import { combobox } from "./combobox.js";
import { dateField } from "./date_field.js";
import { el, freshId, icon, settingsOf } from "./dom.js";
import { momentField } from "./moment_field.js";
import { moneyField } from "./money_field.js";
import { shownNumber, texts } from "./texts.js";

const REFERENCES = new Set(["person", "unit", "directory"]);
const refOf = (value) => (value && typeof value === "object" ? value.ref : value);
const named = (value) => ({ value: refOf(value), label: value?.name ?? String(refOf(value)), hint: value?.hint });
const picked = (one) => ({ ref: one.value, name: one.label, hint: one.hint });

// make[type](box, column, value, input, change): puts the control of a cell into its box.
const make = {
  default(box, column, value, input, change) {
    const field = el("input", { ...input, type: "text", dir: "auto", value: value ?? "", maxlength: column.validate?.maxLength });
    field.addEventListener("input", () => change(field.value));
    box.append(field);
  },
  number(box, column, value, input, change) {
    const field = el("input", { ...input, type: "text", inputmode: "decimal", value: value ?? "" });
    field.addEventListener("input", () => change(field.value));
    box.append(field);
  },
  money: (box, column, value, input, change) => void moneyField(box, { value, label: column.label, currencies: column.currencies, input, onChange: change }),
  moment: (box, column, value, input, change) => void momentField(box, { value: value ?? "", label: column.label, input, quiet: true, onChange: change }),
  jalalidate(box, column, value, input, change) {
    const field = el("input", { ...input, type: "text", autocomplete: "off" });
    box.append(field);
    dateField(field, { value: value ?? "", quiet: true, onChange: (iso, text) => change(iso || text) });
  },
  select(box, column, value, input, change) {
    const several = column.multiple;
    const chosen = new Set([value ?? []].flat().map(String));
    const field = el("select", { ...input, class: "form-select", multiple: several }, several ? null : el("option", { value: "" }),
      ...(column.values ?? []).map((one) => el("option", { value: one.value, selected: chosen.has(String(one.value)) }, one.label)));
    field.addEventListener("change", () => change(several ? [...field.selectedOptions].map((one) => one.value) : field.value));
    box.append(field);
  },
  reference(box, column, value, input, change) {
    const field = el("input", { ...input, type: "text", autocomplete: "off" });
    box.append(field);
    const query = new URLSearchParams(Object.entries({ directory: column.directory, group: column.group, leaf: column.leaf ? "1" : "", unit_kind: column.type === "unit" ? column.kind : "" }).filter(([, said]) => said)).toString();
    const chosen = [value ?? []].flat().map(named);
    combobox(field, { kind: column.type, url: column.lookupUrl, query, multiple: column.multiple, chosen, onChange: (all) => change(column.multiple ? all.map(picked) : all[0] ? picked(all[0]) : null) });
  },
};
const MAKERS = { number: make.number, money: make.money, moment: make.moment, jalalidate: make.jalalidate, select: make.select, radio: make.select, checklist: make.select, yesno: make.select };
const makerOf = (column) => (REFERENCES.has(column.type) ? make.reference : MAKERS[column.type] ?? make.default);

function said(column, value) {
  const words = texts();
  const one = (each) => {
    if (each && typeof each === "object") return each.name ?? each.ref;
    if (column.type === "yesno") return each === "yes" || each === true ? words.yes : each === "no" || each === false ? words.no : "";
    return column.values?.find((option) => String(option.value) === String(each))?.label ?? each ?? "";
  };
  return [value ?? []].flat().map(one).join(", ");
}

export function rowsField(place, { columns, value = [], most = 500, errors = {}, readonly = false, lookupUrl = "", label = "", labelledBy = "", onChange = () => {} }) {
  const words = texts();
  let rows = copied(value);
  let wrong = errors;
  const body = el("tbody", {});
  const foot = el("tfoot", {});
  const status = el("span", { class: "visually-hidden", role: "status" });
  const heads = columns.map((column) => el("th", { scope: "col" }, column.label, column.validate?.required && !readonly ? el("span", { class: "visually-hidden" }, ` (${words.needed})`) : null));
  const table = el("table", { class: `table ch-rows${columns.length > 5 ? " many" : ""}`, ...(labelledBy ? { "aria-labelledby": labelledBy } : { "aria-label": label }) },
    el("thead", {}, el("tr", {}, ...heads, readonly ? null : el("th", { scope: "col" }, el("span", { class: "visually-hidden" }, words.rowActions)))), body, foot);
  const more = el("button", { type: "button", class: "btn btn-sm btn-plain", onclick: () => add(rows.length) }, icon("plus", "sm"), words.addRow);
  place.append(el("div", { class: "ch-rows-box" }, table), ...(readonly ? [] : [more]), status);

  const tell = () => (onChange(rows.map((row) => ({ ...row }))), drawTotals());
  const tellOf = (sentence) => (status.textContent = sentence);

  function cell(row, at, column) {
    const box = el("td", { "data-label": column.label });
    if (readonly || column.readonly) {
      box.append(el("span", { dir: "auto" }, said(column, row[column.key]) || "—"));
      return box;
    }
    const complaint = wrong[`${at + 1}.${column.key}`];
    const id = freshId("cell");
    const input = { class: "form-control", id, "aria-label": `${column.label}, ${words.row(shownNumber(at + 1))}`, ...(complaint && { "aria-invalid": "true", "aria-describedby": `${id}-error` }) };
    const inside = el("div", { class: "ch-cell" });
    makerOf(column)(inside, { ...column, lookupUrl, values: column.type === "yesno" ? [{ value: "yes", label: words.yes }, { value: "no", label: words.no }] : column.values }, row[column.key], input, (next) => {
      if (next === null || next === undefined || next === "") delete row[column.key];
      else row[column.key] = next;
      tell();
    });
    box.append(inside, complaint ? el("div", { class: "ch-err", id: `${id}-error` }, icon("warn", "sm"), el("span", {}, complaint)) : "");
    return box;
  }
  function button(sign, sentence, act, disabled) {
    return el("button", { type: "button", class: "ch-icon", "aria-label": sentence, title: sentence, onclick: act, disabled }, icon(sign, "sm"));
  }
  function drawRow(row, at) {
    const number = shownNumber(at + 1);
    const acts = readonly ? null : el("td", { class: "acts" },
      button("up", words.rowUp(number), () => move(at, -1), at === 0), button("down", words.rowDown(number), () => move(at, 1), at === rows.length - 1), button("x", words.remove(words.row(number)), () => remove(at)));
    return el("tr", {}, ...columns.map((column) => cell(row, at, column)), acts);
  }
  function draw() {
    body.replaceChildren(...rows.map(drawRow));
    if (!rows.length) body.append(el("tr", { class: "none" }, el("td", { colspan: columns.length + 1, class: "ch-2nd ch-small" }, words.noRows)));
    more.disabled = rows.length >= most;
    drawTotals();
  }
  function drawTotals() {
    if (!columns.some((column) => column.total && !column.readonly) || !rows.length) return foot.replaceChildren(); // what is computed the server sums up
    const totals = columns.map((column, index) => el(index === 0 ? "th" : "td", { "data-label": column.total ? column.label : null, ...(index === 0 && { scope: "row" }) }, column.total && !column.readonly ? total(column) : index === 0 ? words.total : ""));
    foot.replaceChildren(el("tr", {}, ...totals, readonly ? null : el("td", {})));
  }
  function total(column) {
    const amounts = rows.map((row) => understandAmount(String(row[column.key] ?? "").split(" ")[0])).filter((amount) => amount !== null);
    const units = new Set(rows.map((row) => String(row[column.key] ?? "").split(" ")[1] ?? ""));
    return units.size > 1 ? "" : sumOf(amounts);
  }
  function focusOn(at, columnAt = 0) {
    const target = body.rows[at]?.cells[columnAt]?.querySelector("input, select") ?? body.rows[at]?.querySelector("input, select") ?? more;
    target.focus();
  }
  function redraw() {
    wrong = {}; // rows have moved: the sentences no longer stand where they belong
    draw();
    tell();
  }
  function add(at) {
    if (rows.length >= most) return;
    rows.splice(at, 0, {});
    redraw();
    focusOn(at);
    tellOf(words.rowAdded(shownNumber(at + 1)));
  }
  function remove(at) {
    rows.splice(at, 1);
    redraw();
    focusOn(Math.min(at, rows.length - 1));
    tellOf(words.rowGone(shownNumber(at + 1)));
  }
  function move(at, step, columnAt) {
    const to = at + step;
    if (to < 0 || to >= rows.length) return;
    [rows[at], rows[to]] = [rows[to], rows[at]];
    redraw();
    focusOn(to, columnAt);
    tellOf(words.rowMoved(shownNumber(to + 1)));
  }
  function keydown(event) {
    const row = event.target.closest("tbody tr");
    if (!row || readonly || event.defaultPrevented || event.ctrlKey || event.metaKey) return;
    const at = [...body.rows].indexOf(row);
    const columnAt = event.target.closest("td").cellIndex;
    if (event.altKey && event.key === "ArrowUp") move(at, -1, columnAt);
    else if (event.altKey && event.key === "ArrowDown") move(at, 1, columnAt);
    else if (event.altKey && event.key === "Delete") remove(at);
    else if (event.key === "Enter" && !event.altKey && event.target.matches("input")) at === rows.length - 1 ? add(rows.length) : focusOn(at + 1, columnAt);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  table.addEventListener("keydown", keydown);
  draw();
  return { show: (next) => ((rows = copied(next)), (wrong = {}), draw()) };
}

// Exact, whatever the length.
function sumOf(amounts) {
  const decimals = Math.max(0, ...amounts.map((amount) => amount.split(".")[1]?.length ?? 0));
  const whole = (amount) => BigInt((amount.split(".")[0] + (amount.split(".")[1] ?? "").padEnd(decimals, "0")).replace("+", ""));
  const exact = amounts.reduce((all, amount) => all + whole(amount), 0n);
  const [sign, sum] = [exact < 0n ? "-" : "", String(exact).replace("-", "").padStart(decimals + 1, "0")];
  return shownAmount(sign + (decimals ? `${sum.slice(0, -decimals)}.${sum.slice(-decimals)}` : sum), decimals);
}

const copied = (value) => (Array.isArray(value) ? value : []).map((row) => ({ ...row }));

// <div data-island="rows" data-lookup-url><input type="hidden" name><script type="application/json">{columns, errors, …}</script></div>
export function mount(node) {
  const hidden = node.querySelector("input[type=hidden]");
  const given = settingsOf(node);
  const place = el("div", {});
  node.append(place);
  const parsed = () => JSON.parse(hidden.value || "[]");
  const field = rowsField(place, {
    ...given, value: parsed(), lookupUrl: node.dataset.lookupUrl,
    onChange: (rows) => {
      hidden.value = JSON.stringify(rows);
      hidden.dispatchEvent(new Event("input", { bubbles: true }));
    },
  });
  hidden.addEventListener("chancery:restored", () => field.show(parsed()));
}
