// Draws in French what evidence says by code and arguments: row of the code (messages.js) → each argument by its type →
// one sentence, the same as core/src/message draws. It is text, never HTML.

import { TYPES } from "./messages.js";

/** Said by another version of Beffroi, which this page does not know. */
class Unknown extends Error {}

const need = (holds) => { if (!holds) throw new Unknown(); };
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const has = (all, name) => typeof name === "string" && Object.hasOwn(all, name);

/** The sentence; nothing where this page does not know the message, or one of its arguments. */
export function french(said) {
  if (said.code === "") return "";
  try {
    return draw("message::Message", said);
  } catch (error) {
    if (error instanceof Unknown) return null;
    throw error;
  }
}

/** A value of a type. */
function draw(type, value) {
  if (type.startsWith("[")) return series(type.slice(1, -1), value, "", ", ");
  if (has(BASIC, type)) return BASIC[type](value);
  const [[kind, of]] = Object.entries(TYPES[type]);
  return KINDS[kind](of, value);
}

/** How the types of messages.js are written: core/src/message/table.rs tells them one by one. */
const KINDS = {
  any(types, value) {
    const type = types.find((type) => has(TYPES[type].rows, value?.code));
    need(type);
    return draw(type, value);
  },
  rows(rows, value) {
    need(isObject(value) && has(rows, value.code) && Object.keys(value).every((key) => key === "code" || key === "args"));
    const row = rows[value.code];
    need(row.length === 1 ? value.args === undefined : isObject(value.args));
    return phrase(row, value.args ?? {});
  },
  phrase,
  words(words, value) {
    need(has(words, value));
    return words[value];
  },
  names: (names, value) => (has(names, value) ? names[value] : string(value)),
  series: ([type, before, between], value) => series(type, value, before, between),
};

function phrase([text, types = {}], args) {
  need(isObject(args) && Object.keys(args).length === Object.keys(types).length);
  const drawn = {};
  for (const [name, type] of Object.entries(types)) {
    need(Object.hasOwn(args, name));
    drawn[name] = draw(type, args[name]);
  }
  return text.replace(/\{(\w+)\}/g, (_, name) => drawn[name]);
}

function series(type, values, before, between) {
  need(Array.isArray(values));
  return values.length === 0 ? "" : before + values.map((value) => draw(type, value)).join(between);
}

/** Types with a rule of their own. */
const BASIC = {
  text: string,
  whole(value) {
    need(Number.isInteger(value));
    const text = String(value);
    return text.replace(/\D/g, "").length < 5 ? text : text.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  },
  decimal: (value) => string(value).replaceAll(".", ","),
  moment(value) {
    const [day, time] = string(value).split("T");
    need(/^\d\d:\d\d:\d\d(\.\d+)?Z$/.test(time));
    return `${BASIC.day(day)} à ${time.slice(0, 8)} UTC`;
  },
  day(value) {
    need(isDay(value));
    return value.split("-").reverse().join("/");
  },
  /** As it was written where it is no day. */
  date: (value) => (isDay(value) ? BASIC.day(value) : string(value)),
  quoted: (value) => `« ${string(value)} »`,
  json: (value) => JSON.stringify(string(value)),
  /** A message, told by its code where it is not known; a sentence, in evidence of the first version. */
  told(value) {
    if (typeof value === "string") return value;
    need(isObject(value));
    return french(value) ?? string(value.code);
  },
};

function string(value) {
  need(typeof value === "string");
  return value;
}

function isDay(value) {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\d$/.test(value)) return false;
  const date = new Date(value);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}
