// Dates as people write them, in two calendars and three languages; ISO inside. Pure.
import { isValidJalaaliDate, toGregorian, toJalaali } from "jalaali-js";

const WORDS = {
  "-2": ["позавчера", "پریروز"],
  "-1": ["вчера", "yesterday", "دیروز"],
  0: ["сегодня", "today", "امروز"],
  1: ["завтра", "tomorrow", "فردا"],
  2: ["послезавтра", "پس فردا"],
};
const GREGORIAN_MONTHS = [
  ["янв", "jan", "ژانویه"], ["фев", "feb", "فوریه"], ["мар", "mar", "مارس"], ["апр", "apr", "آوریل"], ["май", "мая", "may", "مه"],
  ["июн", "jun", "ژوئن"], ["июл", "jul", "ژوئیه"], ["авг", "aug", "اوت"], ["сен", "sep", "سپتامبر"], ["окт", "oct", "اکتبر"],
  ["ноя", "nov", "نوامبر"], ["дек", "dec", "دسامبر"],
];
const JALALI_MONTHS = [
  ["فروردین", "farvardin", "фарвардин"], ["اردیبهشت", "ordibehesht", "ордибехешт"], ["خرداد", "khordad", "хордад"], ["تیر", "tir", "тир"],
  ["مرداد", "mordad", "мордад"], ["شهریور", "shahrivar", "шахривар"], ["مهر", "mehr", "мехр"], ["آبان", "aban", "абан"],
  ["آذر", "azar", "азар"], ["دی", "dey", "дей"], ["بهمن", "bahman", "бахман"], ["اسفند", "esfand", "эсфанд"],
];
const JALALI_YEARS = [1200, 1599];

export function westernDigits(text) {
  return text.replace(/[۰-۹]/g, (d) => d.charCodeAt(0) - 0x06f0).replace(/[٠-٩]/g, (d) => d.charCodeAt(0) - 0x0660);
}

function plain(text) {
  return westernDigits(text).toLowerCase().replace(/ي/g, "ی").replace(/ك/g, "ک").replace(/[\u200c\u00a0]/g, " ")
    .replace(/[−–—]/g, "-").replace(/[«»"“”,،.]+$/g, "").replace(/^[«»"“”]+/g, "").replace(/\s+/g, " ").trim();
}

const two = (n) => String(n).padStart(2, "0");
const iso = (y, m, d) => `${String(y).padStart(4, "0")}-${two(m)}-${two(d)}`;

function gregorian(y, m, d) {
  const at = new Date(Date.UTC(y, m - 1, d));
  at.setUTCFullYear(y);
  return at.getUTCMonth() === m - 1 && at.getUTCDate() === d ? iso(y, m, d) : null;
}

function jalali(y, m, d) {
  if (!isValidJalaaliDate(y, m, d)) return null;
  const { gy, gm, gd } = toGregorian(y, m, d);
  return iso(gy, gm, gd);
}

// The year itself tells the calendar; a short or missing year belongs to the user's calendar.
function dated(y, m, d, calendar) {
  const isJalali = y >= JALALI_YEARS[0] && y <= JALALI_YEARS[1];
  if (y >= 1000) return isJalali ? jalali(y, m, d) : gregorian(y, m, d);
  return calendar === "jalali" ? jalali(1400 + y, m, d) : gregorian(2000 + y, m, d);
}

function shifted(today, days) {
  const [y, m, d] = today.split("-").map(Number);
  const at = new Date(Date.UTC(y, m - 1, d + days));
  return iso(at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate());
}

function thisYear(today, calendar) {
  const [y, m, d] = today.split("-").map(Number);
  return calendar === "jalali" ? toJalaali(y, m, d).jy : y;
}

function monthNamed(word) {
  const found = (months) => months.findIndex((names) => names.some((name) => word.startsWith(name) || (word.length > 2 && name.startsWith(word))));
  const inJalali = JALALI_MONTHS.findIndex((names) => names.includes(word));
  if (inJalali >= 0) return { month: inJalali + 1, calendar: "jalali" };
  const inGregorian = found(GREGORIAN_MONTHS);
  return inGregorian >= 0 ? { month: inGregorian + 1, calendar: "gregorian" } : null;
}

// "вчера", -3, 24.11, 24.11.2026, 2026-11-24, ۱۴۰۵/۰۹/۰۳, «3 آذر 1405» -> "2026-11-24", or null when it is no date.
export function understandDate(written, { today, calendar = "gregorian" }) {
  const text = plain(written);
  if (!text) return null;
  for (const [days, names] of Object.entries(WORDS)) if (names.includes(text)) return shifted(today, Number(days));
  let match = /^([+-])\s?(\d{1,4})$/.exec(text);
  if (match) return shifted(today, Number(match[1] + match[2]));
  match = /^(\d{4})\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?(\d{1,2})$/.exec(text);
  if (match) return dated(+match[1], +match[2], +match[3], calendar);
  match = /^(\d{1,2})\s?[-/.]\s?(\d{1,2})(?:\s?[-/.]\s?(\d{4}|\d{2}))?$/.exec(text);
  if (match) return dated(match[3] ? +match[3] : thisYear(today, calendar), +match[2], +match[1], calendar);
  match = /^(\d{1,2})\s+(\p{L}+)\.?(?:\s+(\d{4}))?/u.exec(text);
  const named = match && monthNamed(match[2]);
  if (!named) return null;
  return dated(match[3] ? +match[3] : thisYear(today, named.calendar), named.month, +match[1], named.calendar);
}

const noon = (text) => new Date(`${text}T12:00:00Z`);
const tag = (language, calendar) => `${language === "en" ? "en-GB" : language}-u-ca-${calendar === "jalali" ? "persian" : "gregory"}`;

// As it stands in a field: 24.11.2026, 24 Nov 2026, ۱۴۰۵/۰۹/۰۳.
export function shownDate(text, { language, calendar = "gregorian" }) {
  const [y, m, d] = text.split("-").map(Number);
  if (calendar === "jalali") {
    const { jy, jm, jd } = toJalaali(y, m, d);
    const written = `${jy}/${two(jm)}/${two(jd)}`;
    return language === "fa" ? written.replace(/\d/g, (n) => "۰۱۲۳۴۵۶۷۸۹"[n]) : written;
  }
  if (language === "ru") return `${two(d)}.${two(m)}.${y}`;
  return new Intl.DateTimeFormat(tag(language, calendar), { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(noon(text));
}

// As it was understood: «вторник, 24 ноября 2026 г.», «سه‌شنبه ۳ آذر ۱۴۰۵».
export function spokenDate(text, { language, calendar = "gregorian" }) {
  const say = (options) => new Intl.DateTimeFormat(tag(language, calendar), { ...options, timeZone: "UTC" });
  if (language !== "fa") return say({ dateStyle: "full" }).format(noon(text));
  const parts = Object.fromEntries(say({ weekday: "long", day: "numeric", month: "long", year: "numeric" }).formatToParts(noon(text)).map((one) => [one.type, one.value]));
  return [parts.weekday, parts.day, parts.month, parts.year].join(" ");
}

export function todayHere() {
  const now = new Date();
  return iso(now.getFullYear(), now.getMonth() + 1, now.getDate());
}
