// An amount and, when there is a choice, its currency. Submits "1240.50" or "1240.50 USD"; what is not understood as it was typed.
import { understandAmount, shownAmount } from "./amounts.js";
import { el } from "./dom.js";
import { texts } from "./texts.js";

export function moneyField(place, { value = "", label = "", currencies = [], input = {}, onBlur = () => {}, onChange = () => {} }) {
  const several = currencies.length > 1;
  const field = el("input", { type: "text", autocomplete: "off", inputmode: several ? "text" : "decimal", ...input });
  const choice = several
    ? el("select", { class: input.class?.replace("form-control", "form-select").replace("fjs-input", "fjs-input fjs-select") ?? "form-select", disabled: input.disabled, "aria-label": `${label}: ${texts().currency}` },
      ...currencies.map((one) => el("option", { value: one.value }, one.label)))
    : null;
  place.classList.toggle("ch-pair", several);
  const sign = !several && currencies[0] ? el("span", { class: "ch-unit", "aria-hidden": "true" }, currencies[0].label) : null;
  place.classList.toggle("ch-with-unit", Boolean(sign));
  place.append(field, ...[choice, sign].filter(Boolean));
  const tell = () => {
    const text = field.value.trim();
    const amount = understandAmount(text) ?? text;
    onChange(!text ? null : several && understandAmount(text) !== null ? `${amount} ${choice.value}` : amount);
  };
  function show(given) {
    const [amount, currency] = splitAmount(given);
    field.value = amount === "" ? "" : understandAmount(amount) !== null ? shownAmount(amount, amount.split(".")[1]?.length ?? 0) : amount;
    if (several && currency) choice.value = currency;
  }
  field.addEventListener("input", tell);
  field.addEventListener("blur", () => {
    const amount = understandAmount(field.value);
    if (amount !== null) show(amount);
    onBlur();
  });
  choice?.addEventListener("change", tell);
  show(value);
  return { show };
}

function splitAmount(given) {
  const text = given === null || given === undefined ? "" : String(given);
  const found = /^(.*\S) ([A-Z]{3})$/.exec(text);
  return found ? [found[1], found[2]] : [text, ""];
}

// <span data-island="money" data-name="card.price">: inside an input (and a select <name>.currency) that work without scripts.
export function mount(place) {
  const plain = place.querySelector("input");
  const select = place.querySelector("select");
  const currencies = select ? [...select.options].map((one) => ({ value: one.value, label: one.textContent })) : place.dataset.unit ? [{ value: "", label: place.dataset.unit }] : [];
  const label = plain.labels?.[0]?.firstChild?.textContent?.trim() ?? "";
  const hidden = el("input", { type: "hidden", name: place.dataset.name, value: select && plain.value ? `${plain.value} ${select.value}` : plain.value });
  const tied = Object.fromEntries(["id", "class", "aria-describedby", "aria-invalid"].map((name) => [name, plain.getAttribute(name)]));
  place.replaceChildren();
  const field = moneyField(place, {
    value: hidden.value, label, currencies, input: { ...tied, required: plain.required },
    onChange: (text) => {
      hidden.value = text ?? "";
      hidden.dispatchEvent(new Event("input", { bubbles: true }));
    },
  });
  place.append(hidden);
  hidden.addEventListener("chancery:restored", () => field.show(hidden.value));
}
