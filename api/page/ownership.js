// Who owns a provider, drawn: the graph of the API → rows (the provider, below it who holds it, below each who holds
// that one) → SVG. Shape, line and text tell what each is, never colour alone; the table beside it says the same.

import { svg } from "./dom.js";
import { country } from "./words.js";

const WIDTH = 420;
/** Height of a row, and where its first line of text stands. */
const ROW = 54;
const TEXT = 22;
/** What a holder is moved to the right of what it holds; the same from this depth on. */
const STEP = 22;
const DEEPEST = 6;
/** About what a letter takes of the larger words. */
const LETTER = 8.2;
/** Rows that are drawn at most: the table has them all. */
const MOST = 60;

const GROUNDS = {
  Capital: "par le capital", Votes: "par les voix", Presumption: "plus de 40 % des voix, et personne de plus grand",
  Veto: "par un droit de veto", Appointment: "en nommant la majorité des organes", Concert: "de concert",
  Seat: "par son siège",
};

/** By what one decides, in words. */
export const grounds = (all) => (all ?? []).map((ground) => GROUNDS[ground] ?? ground).join(", ");

/** What a node is, in words and as a class: the gravest holds. */
export function standing({ excluded, outside, open }) {
  if (excluded) return ["excluded", "droit exclu par les règles"];
  if (outside) return ["outside", "hors des pays admis"];
  if (open) return ["open", "on ne sait pas tout de qui en décide"];
  return ["inside", "dans les pays admis"];
}

/** Rows from the provider outwards: {node, edge?, depth, again}; a holder that came before is not followed again. */
export function rows({ nodes, edges }) {
  const out = [];
  const followed = new Set();
  const walk = (at, edge, depth) => {
    const again = followed.has(at);
    out.push({ node: nodes[at], edge, depth, again });
    if (again) return;
    followed.add(at);
    const held = edges.filter((one) => one.of === at && one.holder !== at);
    for (const one of held.toSorted((a, b) => weight(b) - weight(a))) walk(one.holder, one, depth + 1);
  };
  if (nodes.length > 0) walk(0, undefined, 0);
  return out;
}

const weight = ({ refuses, capital, votes }) => (refuses ? 10 : 0) + Math.max(number(capital), number(votes));

/** A fraction as a number, to sort by. */
function number(fraction) {
  const [above, below = "1"] = String(fraction ?? "0").split("/");
  return Number(above) / Number(below) || 0;
}

/** A share in words: in percent, and as the fraction that it is. */
export function share(edge) {
  const of = (percent, fraction) => (fraction?.includes("/") && !percent.includes(fraction) ? `${percent} (${fraction})` : percent);
  const capital = of(edge.capitalPercent, edge.capital);
  const votes = of(edge.votesPercent, edge.votes);
  return edge.capital === edge.votes ? `${capital} du capital et des voix` : `${capital} du capital, ${votes} des voix`;
}

/** What a row says below the name. */
export function about({ node, edge, again }) {
  const lands = node.countries.map(country).join(", ") || "pays non déclaré";
  return [lands, edge && share(edge), edge?.decides.length > 0 && `décide ${grounds(edge.decides)}`, again && "déjà plus haut"]
    .filter(Boolean).join(" · ");
}

/** The picture. Its text says all of it, row by row. */
export function ownershipGraph(graph, title) {
  const all = rows(graph);
  const drawn = all.slice(0, MOST);
  const said = all.map((row) => `${row.depth > 0 ? `détenteur de rang ${row.depth} : ` : ""}${row.node.name}, ${standing(row.node)[1]}, ${about(row)}${row.edge?.refuses ? ", sur le chemin qui refuse" : ""}`);
  const text = `${title}. ${said.join(" ; ")}.`;
  const last = [];
  const parts = drawn.map((row, at) => {
    const x = 14 + Math.min(row.depth, DEEPEST) * STEP;
    const y = at * ROW + 4;
    const from = last[row.depth - 1];
    last.length = row.depth;
    last[row.depth] = { x, y };
    return svg("g", {}, from && line(from, { x, y }, row.edge.refuses), mark(row, x, y));
  });
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${drawn.length * ROW + 8}`, role: "img", class: "ownership", "aria-label": text }, parts);
}

/** From what is held, down and to its holder; the path that refuses is wider and has a cross. */
function line(from, to, refuses) {
  const [x, top, y] = [from.x, from.y + TEXT, to.y + TEXT - 5];
  return [
    svg("path", { class: `holds${refuses ? " refuses" : ""}`, d: `M${x} ${top}V${y}H${to.x - 8}` }),
    refuses && svg("path", { class: "cross", d: `M${x - 5} ${y - 15}l10 10m0-10l-10 10` }),
  ];
}

/** Circle within, square outside, diamond where the law is excluded, ring where something is not known. */
const SHAPES = {
  inside: (x, y) => svg("circle", { cx: x, cy: y, r: 7, class: "hand inside" }),
  outside: (x, y) => svg("path", { d: `M${x - 7} ${y - 7}h14v14h-14Z`, class: "hand outside" }),
  excluded: (x, y) => svg("path", { d: `M${x} ${y - 9}l9 9l-9 9l-9-9Z`, class: "hand excluded" }),
  open: (x, y) => svg("circle", { cx: x, cy: y, r: 6, class: "hand open" }),
};

function mark(row, x, y) {
  const [kind] = standing(row.node);
  const start = x + 14;
  const room = WIDTH - start;
  return [
    SHAPES[kind](x, y + TEXT - 5),
    svg("text", { class: "name", x: start, y: y + TEXT }, cut(row.node.name, room / LETTER)),
    svg("text", { class: "about", x: start, y: y + TEXT + 17 }, cut(about(row), room / (LETTER * 0.82))),
  ];
}

const cut = (text, most) => (text.length <= most ? text : `${text.slice(0, Math.max(1, Math.floor(most) - 1))}…`);

/** What the shapes mean, those that are there. */
export function legend({ nodes }, h) {
  const kinds = [...new Map(nodes.map((node) => standing(node))).entries()];
  return h("ul", { class: "legend" }, kinds.map(([kind, words]) =>
    h("li", {}, svg("svg", { viewBox: "-12 -12 24 24", "aria-hidden": "true" }, SHAPES[kind](0, 0)), words)));
}
