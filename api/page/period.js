// A period of days: what one chooses → what the API is asked for. A day begins and ends where one is.

import { h } from "./dom.js";

/** Type of the file of a period. */
export const PERIOD = "application/vnd.beffroi.period.v1+jsonl";

const midnight = (day, days = 0) => {
  const date = new Date(`${day}T00:00:00`);
  if (Number.isNaN(date.getTime())) return undefined;
  date.setDate(date.getDate() + days);
  return date.toISOString();
};

/** From the beginning of one day to the end of another, as moments. */
export const between = (du, au) => ({ from: du ? midnight(du) : undefined, to: au ? midnight(au, 1) : undefined });

/** The fields of a period. */
export const dates = (du, au) => [["du", du], ["au", au]].map(([id, value]) => h("input", { type: "date", id, value }));
