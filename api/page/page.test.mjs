// `node --test api/page/*.test.mjs`: what the page does that needs no browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { day, typeset, zone } from "./dom.js";
import { drafts, forget } from "./drafts.js";
import { beside } from "./map.js";
import { about, rows, share, standing } from "./ownership.js";
import { difference, patched } from "./patch.js";
import { route } from "./route.js";
import { follow } from "./stream.js";
import { later, sessionEnd, soon, turns, warning } from "./timing.js";
import { models } from "./words.js";

const rest = () => new Promise((resolve) => setImmediate(resolve));

test("a turn that a later one took over is not the last", () => {
  const { begin } = turns();
  const first = begin();
  assert.ok(first());
  const second = begin();
  assert.ok(!first() && second());
});

test("work asked for without end is done, and never twice at once", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let [begun, running, finish] = [0, 0];
  const { ask, cancel } = soon(() => {
    begun += 1;
    running += 1;
    assert.equal(running, 1);
    return new Promise((resolve) => { finish = () => { running -= 1; resolve(); }; });
  }, 300);
  for (let at = 0; at < 4; at += 1) {
    ask();
    t.mock.timers.tick(100);
  }
  assert.equal(begun, 1, "asking again does not put it off");
  ask();
  t.mock.timers.tick(1000);
  assert.equal(begun, 1);
  finish();
  await rest();
  t.mock.timers.tick(300);
  assert.equal(begun, 2, "what was asked for meanwhile is done after");
  ask();
  cancel();
  finish();
  await rest();
  t.mock.timers.tick(1000);
  assert.equal(begun, 2);
});

test("work that fails can be asked for again", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let begun = 0;
  const { ask } = soon(async () => { begun += 1; }, 10);
  ask();
  t.mock.timers.tick(10);
  await rest();
  ask();
  t.mock.timers.tick(10);
  assert.equal(begun, 2);
});

test("a moment beyond what a timer takes does not come at once", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let done = 0;
  later(() => { done += 1; }, 2 ** 31 + 5000);
  t.mock.timers.tick(2 ** 31 - 1);
  assert.equal(done, 0);
  t.mock.timers.tick(5000);
  assert.equal(done, 0);
  t.mock.timers.tick(1);
  assert.equal(done, 1);
  later(() => { done += 1; }, 50)();
  t.mock.timers.tick(100);
  assert.equal(done, 1);
});

test("a session ends when the server says, whatever the clock here says", () => {
  const expires = "2026-11-24T12:05:00Z";
  const served = "Tue, 24 Nov 2026 12:00:00 GMT";
  const fast = Date.parse("2026-11-24T12:06:00Z");
  assert.equal(sessionEnd({ expires, served, known: 1, now: fast }) - fast, 300_000);
  assert.equal(sessionEnd({ expires, served: null, known: 7, now: fast }), 7);
  assert.equal(sessionEnd({ expires: undefined, served, known: 7, now: fast }), 7);
  assert.equal(warning(3_600_000), 120_000);
  assert.equal(warning(100_000), 50_000);
});

test("a draft is for who typed it, and gone with who leaves", () => {
  const map = new Map();
  const storage = {
    getItem: (name) => map.get(name) ?? null, setItem: (name, value) => map.set(name, value), removeItem: (name) => map.delete(name),
    key: (at) => [...map.keys()][at], get length() { return map.size; },
  };
  const mine = drafts(storage, "issuer hugo");
  storage.setItem("beffroi.session", "x");
  mine.keep("new", { tenant: "a" });
  mine.keep("a.wiki", { body: 1 });
  assert.deepEqual(mine.take("new"), { tenant: "a" });
  assert.equal(drafts(storage, "issuer ines").take("new"), undefined);
  assert.equal(mine.take("a.other"), undefined);
  mine.drop("new");
  assert.equal(mine.take("new"), undefined);
  map.set("beffroi.draft.new", "{");
  assert.equal(mine.take("new"), undefined);
  forget(storage);
  assert.deepEqual([...map.keys()], ["beffroi.session"]);
});

test("a day is the same wherever one reads it, and one is told whose hours are told", () => {
  const here = process.env.TZ;
  try {
    process.env.TZ = "America/Cayenne";
    assert.equal(day("2027-01-01"), "01/01/2027");
    assert.equal(zone(), "heure de la Guyane française (America/Cayenne)");
  } finally {
    if (here === undefined) delete process.env.TZ;
    else process.env.TZ = here;
  }
});

test("French signs stay with their word, and what is no French stays as it is", () => {
  assert.equal(typeset("Sites : « a » ; entrée n° 5, vraiment ?"), "Sites\u00a0: «\u00a0a\u00a0»\u00a0; entrée n°\u00a05, vraiment\u00a0?");
  for (const text of ["sha256:00ff", "a.wiki", "https://a.example/?b", "12:30", "a :b"]) assert.equal(typeset(text), text);
});

test("the name of a place is where it fits, in two lines where it must", () => {
  assert.deepEqual(beside({ label: "Brest", x: 30, half: 14 }), { lines: ["Brest"], right: true });
  assert.deepEqual(beside({ label: "Strasbourg", x: 400, half: 14 }), { lines: ["Strasbourg"], right: false });
  assert.deepEqual(beside({ label: "Saint-Quentin-en-Yvelines", x: 210, half: 14 }), { lines: ["Saint-Quentin-", "en-Yvelines"], right: true });
  assert.deepEqual(beside({ label: "Boulogne-Billancourt", x: 215, half: 14 }), { lines: ["Boulogne-", "Billancourt"], right: true });
  // What is too long for any side is where there is more room.
  assert.deepEqual(beside({ label: "x".repeat(60), x: 300, half: 14 }), { lines: ["x".repeat(60)], right: false });
});

test("an address names a view, or none", () => {
  const routes = [[/^\/?$/, "list"], [/^\/espaces\/([^/]+)$/, "detail"], [/^\/verifier$/, "check", "public"]];
  assert.equal(route(routes, "").view, "list");
  assert.deepEqual(route(routes, "#/espaces/a%2Eb").parts, ["a.b"]);
  assert.equal(route(routes, "#/verifier?entree=3").query.get("entree"), "3");
  assert.equal(route(routes, "#/verifier").access, "public");
  assert.equal(route(routes, "#/espaces/%zz").view, undefined);
  assert.equal(route(routes, "#/ailleurs").view, undefined);
});

/** A stream of these texts, which then ends, or stays open and silent. */
const body = (texts, open) => new ReadableStream({
  start(to) {
    for (const text of texts) to.enqueue(new TextEncoder().encode(text));
    if (!open) to.close();
  },
});

/** What one hears of a server that answers so, one answer after the other. */
async function heardOf(answers, silence) {
  const stop = new AbortController();
  const [events, states, ids] = [[], [], []];
  const open = async (headers, signal) => {
    ids.push(headers["Last-Event-ID"]);
    const answer = answers.shift();
    if (!answer) return null;
    const { texts, open: stays } = answer();
    const stream = body(texts, stays);
    if (!stays) return { ok: true, body: stream };
    const { readable, writable } = new TransformStream();
    stream.pipeTo(writable, { signal }).catch(() => {});
    return { ok: true, body: readable };
  };
  await follow({
    open, silence, signal: stop.signal, pause: async () => {}, state: (on) => states.push(on),
    heard: ({ name, data }) => events.push([name, data]),
  });
  return { events, states, ids };
}

const broken = () => { throw new TypeError("no network"); };

test("events are read however they are cut, and gone on after the last", async () => {
  const { events, ids } = await heardOf([
    () => ({ texts: ["retry: 5\nid: 1\nevent: ready\nda", "ta: {}\n\nid: 2\nevent: site.changed\r\ndata: {\"name\":\"a\"}\r\n", "\r\n:\n\nid: 3\n\n", "data: {\n\n"] }),
    () => ({ texts: [] }),
  ]);
  assert.deepEqual(events, [["ready", {}], ["site.changed", { name: "a" }]]);
  assert.deepEqual(ids, [undefined, "3", "3"]);
});

test("what happened before a first stream that came late is told as reset", async () => {
  const first = await heardOf([() => ({ texts: ["id: 1\nevent: ready\ndata: {}\n\n"] })]);
  assert.deepEqual(first.events, [["ready", {}]]);
  const late = await heardOf([broken, broken, () => ({ texts: ["id: 1\nevent: ready\ndata: {}\n\n"] }), () => ({ texts: [] })]);
  assert.deepEqual(late.events, [["reset", {}], ["ready", {}]]);
  assert.deepEqual(late.states, [false, false, true, false, true, false]);
});

test("a stream without a sign of life is broken", async () => {
  const { states, ids } = await heardOf([() => ({ texts: ["id: 4\n\n"], open: true }), () => ({ texts: [] })], 30);
  assert.deepEqual(states, [true, false, true, false]);
  assert.deepEqual(ids, [undefined, "4", "4"]);
});

test("a patch makes one thing into another, and says nothing of what stays", () => {
  const before = { a: 1, b: { c: 2, d: 3 }, e: [1, 2], f: undefined };
  const after = { a: 1, b: { c: 2, g: 4 }, e: [2], h: { i: 5 } };
  assert.deepEqual(difference(before, after), { b: { d: null, g: 4 }, e: [2], h: { i: 5 } });
  assert.deepEqual(patched(before, difference(before, after)), { ...after, f: undefined });
  assert.deepEqual(difference(before, JSON.parse(JSON.stringify(before))), {});
  assert.deepEqual(patched({ b: { c: 9 }, new: 1 }, difference(before, after)), { b: { c: 9, g: 4 }, e: [2], h: { i: 5 }, new: 1 });
});

test("what an app says of its AI models is one line, and what it does not say is told", () => {
  assert.equal(models([]), "Modèles d’IA : aucun n’est déclaré.");
  assert.equal(models([{ name: "Petit 1", licence: "Apache-2.0", inference: "InWorkspace", trainedOnTenantData: false }]),
    "Modèle d’IA : Petit 1 (licence Apache-2.0), exécuté dans l’espace, sur ses sites, non entraîné sur vos données.");
  assert.equal(models([{ name: "Opaque" }]),
    "Modèle d’IA : Opaque (sans licence déclarée), exécuté on ne sait où, sans rien dire d’un entraînement sur vos données.");
  assert.equal(models([
    { name: "Grand", inference: "Hosted", inferenceCountry: "US", inferenceProvider: "ai-inc", trainedOnTenantData: true },
    { name: "Moyen", licence: "MIT", inferenceCountry: "FR", inferenceSubdivision: "FR-IDF", trainedOnTenantData: false },
  ]), "Modèles d’IA : Grand (sans licence déclarée), exécuté ailleurs par ai-inc, lieu déclaré : États-Unis, entraîné sur vos données"
    + " ; Moyen (licence MIT), exécuté ailleurs, on ne sait par qui, lieu déclaré : France, FR-IDF, non entraîné sur vos données.");
});

test("owners are told from the provider outwards, the path that refuses first, a ring once", () => {
  const node = (name, more) => ({ name, countries: ["FR"], outside: false, excluded: false, open: false, ...more });
  const edge = (holder, of, capital, percent, more) => ({ holder, of, capital, votes: capital, capitalPercent: percent, votesPercent: percent, decides: [], refuses: false, ...more });
  const graph = {
    nodes: [node("Racine"), node("Mère"), node("Fonds", { countries: ["US"], outside: true, excluded: true })],
    edges: [edge(1, 0, "3/4", "75 %", { decides: ["Capital", "Votes"] }), edge(2, 0, "1/4", "25 %", { refuses: true }), edge(0, 1, "1", "100 %")],
  };
  const all = rows(graph);
  assert.deepEqual(all.map((row) => [row.node.name, row.depth, row.again]),
    [["Racine", 0, false], ["Fonds", 1, false], ["Mère", 1, false], ["Racine", 2, true]]);
  assert.deepEqual(standing(all[1].node), ["excluded", "droit exclu par les règles"]);
  assert.equal(share(all[2].edge), "75 % (3/4) du capital et des voix");
  assert.equal(about(all[2]), "France · 75 % (3/4) du capital et des voix · décide par le capital, par les voix");
  assert.equal(share({ ...all[2].edge, votes: "1", votesPercent: "100 %" }), "75 % (3/4) du capital, 100 % des voix");
});
