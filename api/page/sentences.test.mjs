// `node --test api/page/*.test.mjs`: the page says in French what core says, word by word.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { TYPES } from "./messages.js";
import { french } from "./sentences.js";

const at = (path) => new URL(`../../core/fixtures/${path}`, import.meta.url);
/** What core draws of each row, of each word, and of what the golden bundles tell. */
const drawn = readFileSync(at("french.jsonl"), "utf8").trimEnd().split("\n").map(JSON.parse);

test("each message is the sentence that core draws", () => {
  for (const [said, sentence] of drawn) assert.equal(french(said), sentence, JSON.stringify(said));
});

test("each row is among them", () => {
  const codes = new Set(drawn.map(([{ code }]) => code));
  const rows = TYPES["message::Message"].any.flatMap((type) => Object.keys(TYPES[type].rows));
  assert.deepEqual(rows.filter((code) => !codes.has(code)), ["nothing"]);
  assert.equal(french({ code: "nothing" }), "");
});

test("golden bundles are told in sentences, each that core draws", () => {
  const sentences = new Map(drawn.map(([said, sentence]) => [JSON.stringify(said), sentence]));
  const bundles = readdirSync(at("evidence/")).filter((name) => /^v2\..*bundle\.json$/.test(name));
  assert.equal(bundles.length, 11);
  let told = 0;
  for (const name of bundles) {
    const { envelope } = JSON.parse(readFileSync(at(`evidence/${name}`), "utf8"));
    const { predicate } = JSON.parse(Buffer.from(envelope.payload, "base64"));
    for (const said of predicate.findings.flatMap(({ observed, expected }) => [observed, expected])) {
      const { args, code } = said;
      const sentence = sentences.get(JSON.stringify({ code, args }));
      assert.ok(sentence, `${name}: ${JSON.stringify(said)}`);
      assert.equal(french(said), sentence);
      told += 1;
    }
  }
  assert.ok(told > 100);
});

test("a message of another version is none: another code, an argument more, less or of another type", () => {
  for (const code of ["of-a-newer-version", "constructor", "__proto__", "toString"]) assert.equal(french({ code }), null);
  for (const [said] of drawn.filter(([{ code }]) => code)) {
    const { code, args = {} } = said;
    assert.equal(french({ code, args: { ...args, more: null } }), null, code);
    assert.equal(french({ ...said, more: null }), null, code);
    for (const name of Object.keys(args)) {
      const { [name]: _, ...less } = args;
      assert.equal(french({ code, args: less }), null, `${code} without ${name}`);
      for (const other of [null, true, {}, { code: 0 }, [[[]]], [{ code: ["nothing"] }]])
        assert.equal(french({ code, args: { ...args, [name]: other } }), null, `${code}: ${name} = ${JSON.stringify(other)}`);
    }
  }
});

test("what stands within a message is never read as a part of it", () => {
  const words = "{words} {name} $& <b>« x »</b>";
  assert.equal(french({ code: "verbatim", args: { words } }), words);
});
