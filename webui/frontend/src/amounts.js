// Amounts as people write them in three languages; "1240.50" inside. Pure.
import { westernDigits } from "./dates.js";
import { language } from "./texts.js";

// `1 240,50`, ۱۲۳ and 1,240.50 are one amount: "1240.50".
export function understandAmount(written) {
  const digits = westernDigits(String(written)).replace(/[\s\u00a0\u202f\u200e\u200f٬'₽$€]/g, "").replace(/٫/g, ".").replace(/−/g, "-");
  const lastMark = Math.max(digits.lastIndexOf(","), digits.lastIndexOf("."));
  const whole = lastMark >= 0 && digits.length - lastMark <= 3 ? digits.slice(0, lastMark).replace(/[.,]/g, "") : digits.replace(/[.,]/g, "");
  const part = lastMark >= 0 && digits.length - lastMark <= 3 ? digits.slice(lastMark + 1) : "";
  const value = part ? `${whole}.${part}` : whole;
  return /^-?\d+(\.\d+)?$/.test(value) ? value : null;
}

export function shownAmount(value, decimals = 0) {
  return new Intl.NumberFormat(language(), { minimumFractionDigits: decimals, maximumFractionDigits: Math.max(decimals, 2) }).format(value);
}
