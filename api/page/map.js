// A map of France with sites as marks: shape and text tell what each is, never colour alone. A table beside it
// says the same (`sitesTable` of views/parts.js).
//
// Equirectangular, shortened by cos 46.5° on the mainland and by the cosine of its middle on each inset.

import { h, svg } from "./dom.js";
import { country } from "./words.js";

const WIDTH = 420;
const MAIN = { x: 8, y: 8, width: 404, height: 398 };
const INSET = { y: 418, width: 76, height: 58, gap: 6 };
/** Between the names of two places. */
const LINE = 20;
/** About what a letter takes where the words of the map are largest. */
const LETTER = 11;

/** What a mark says: its words, and its shape about (0, 0). */
const KINDS = {
  lies: ["Des données s’y trouvent", "circle", { r: 7 }],
  new: ["Des données y iraient", "circle", { r: 6, class: "ring" }],
  contradicted: ["Contredit par ce qui a été vu", "path", { d: "M0-10 10 8H-10Z" }],
  leaves: ["Ses données y seraient effacées", "path", { d: "M-7-7H7V7H-7Z", class: "ring" }],
  refused: ["Refusé par les règles", "path", { d: "M-6-6 6 6M6-6-6 6" }],
};

let known;
/** The outline of France, asked for again as long as it was not had. */
const outline = () => (known ??= fetch("/assets/france.json")
  .then((response) => (response.ok ? response.json() : Promise.reject(new Error(response.statusText))))
  .catch(() => { known = undefined; return null; }));

/**
 * `sites`: {name, city, country, latitude, longitude, kind}; those without coordinates are only in the table. None
 * where the outline cannot be had: the table says the same.
 */
export async function franceMap(sites, title) {
  const { frames } = await outline() ?? {};
  if (!frames) return null;
  const placed = frames.map((frame, at) => fit(frame, at));
  const marks = clusters(sites.filter((site) => Number.isFinite(site.latitude) && Number.isFinite(site.longitude)), placed);
  const said = marks.map(({ label, sites: here }) =>
    `${label} : ${here.map((site) => `${KINDS[site.kind][0].toLowerCase()} (${site.name})`).join(", ")}`);
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} 500`, role: "img", "aria-label": `${title}. ${said.join(" ; ") || "Aucun site."}` },
    placed.map(land), marks.map(mark));
  const kinds = Object.keys(KINDS).filter((kind) => sites.some((site) => site.kind === kind));
  return h("figure", { class: "map" }, picture,
    h("figcaption", {}, h("ul", { class: "legend" }, kinds.map((kind) =>
      h("li", {}, svg("svg", { viewBox: "-12 -12 24 24", "aria-hidden": "true" }, shape(kind)), KINDS[kind][0])))));
}

/** Words for what a mark says. */
export const kindWords = (kind) => KINDS[kind][0];

function fit(frame, at) {
  const [west, south, east, north] = frame.box;
  const space = at === 0 ? MAIN
    : { ...INSET, x: 8 + (at - 1) * (INSET.width + INSET.gap) };
  const shrink = Math.cos(((at === 0 ? 46.5 : (south + north) / 2) * Math.PI) / 180);
  const scale = Math.min(space.width / ((east - west) * shrink), space.height / (north - south));
  const left = space.x + (space.width - (east - west) * shrink * scale) / 2;
  const top = space.y + (space.height - (north - south) * scale) / 2;
  const project = (lon, lat) => [left + (lon - west) * shrink * scale, top + (north - lat) * scale];
  return { ...frame, main: at === 0, space, project };
}

function land({ name, main, space, rings, project }) {
  const ring = (flat) => {
    const points = [];
    for (let at = 0; at < flat.length; at += 2) points.push(project(flat[at], flat[at + 1]).map((n) => n.toFixed(1)).join(" "));
    return `M${points.join("L")}Z`;
  };
  return svg("g", {},
    svg("path", { class: "land", d: rings.map(ring).join("") }),
    !main && svg("text", { class: "region", x: space.x + space.width / 2, y: space.y + space.height + 14, "text-anchor": "middle" }, name));
}

/** Sites in one place share a mark; one beyond every frame goes to the edge of the mainland's. */
function clusters(sites, frames) {
  const marks = [];
  for (const site of sites) {
    const frame = frames.find(({ box: [west, south, east, north] }) =>
      site.longitude >= west - 0.5 && site.longitude <= east + 0.5 && site.latitude >= south - 0.5 && site.latitude <= north + 0.5);
    const [px, py] = (frame ?? frames[0]).project(site.longitude, site.latitude);
    const x = Math.min(Math.max(px, MAIN.x + 10), MAIN.x + MAIN.width - 10);
    const y = frame ? py : Math.min(Math.max(py, MAIN.y + 10), MAIN.y + MAIN.height - 10);
    const near = marks.find((other) => Math.hypot(other.x - x, other.y - y) < 12 && other.city === site.city);
    if (near) near.sites.push(site);
    else {
      const abroad = site.country && site.country !== "FR";
      const label = `${site.city ?? site.name}${abroad ? ` (${country(site.country)})` : ""}${frame ? "" : " ↗"}`;
      marks.push({ x, y, city: site.city, label, sites: [site] });
    }
  }
  marks.sort((a, b) => a.y - b.y);
  let free = 0;
  for (const one of marks) {
    one.kinds = [...new Set(one.sites.map((site) => site.kind))];
    one.half = one.kinds.length * 8 + 6;
    Object.assign(one, beside(one));
    one.textY = Math.max(one.y, free);
    free = one.textY + one.lines.length * LINE;
  }
  return marks;
}

/** On which side of a mark its label fits, and in which lines. */
export function beside({ label, x, half }) {
  const [right, left] = [WIDTH - x - half, x - half];
  const room = Math.max(right, left) / LETTER;
  const hyphens = [...label.matchAll(/[- ]/g)].map(({ index }) => index + 1);
  const lines = label.length <= room || hyphens.length === 0 ? [label] : halves(label, hyphens);
  const width = Math.max(...lines.map(({ length }) => length)) * LETTER;
  return { lines, right: width <= right || left < right };
}

/** A label cut in two, so that the longer part is as short as can be. */
function halves(label, places) {
  const longer = (at) => Math.max(at, label.length - at);
  const at = places.reduce((best, place) => (longer(place) < longer(best) ? place : best));
  return [label.slice(0, at), label.slice(at)];
}

function mark({ x, y, textY, lines, right, half, kinds }) {
  const start = right ? half : -half;
  return svg("g", { transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` },
    kinds.map((kind, at) => svg("g", { transform: `translate(${(at - (kinds.length - 1) / 2) * 18} 0)` }, shape(kind))),
    svg("text", { class: "place", x: start, y: textY - y + 5, "text-anchor": right ? "start" : "end" },
      lines.map((line, at) => svg("tspan", { x: start, dy: at * LINE }, line))));
}

function shape(kind) {
  const [, tag, { class: extra, ...props }] = KINDS[kind];
  return svg(tag, { ...props, class: `mark ${kind} ${extra ?? ""}` });
}
