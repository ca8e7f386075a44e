// `node --test api/page/*.test.mjs`: genuine bundles stand, and any other text near them is refused.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { PREDICATES, WORDS } from "./bundle.js";
import { Refused, canonical, contains, parseKeys, periodLines, prolongs, verify, verifyPeriod } from "./verify.js";

const at = (path) => new URL(`../../${path}`, import.meta.url);
const golden = new Uint8Array(readFileSync(at("core/fixtures/evidence/v2.bundle.json")));
const trusted = readFileSync(at("core/fixtures/evidence/v2.pub"), "utf8");
const NOW = { now: new Date("2026-11-24T12:10:00Z") };
const text = (bundle) => new TextEncoder().encode(`${canonical(bundle)}\n`);
const copy = () => JSON.parse(new TextDecoder().decode(golden));
const refused = (bytes, match = /./, keys = trusted, expected = NOW) =>
  assert.rejects(verify(bytes, keys, expected), (error) => error instanceof Refused && match.test(error.message));

/** The public file of the keys that core's samples make from a number (core/src/evidence/sample.rs). */
function sampleKeys(number, origin) {
  const ecdh = crypto.createECDH("prime256v1");
  ecdh.setPrivateKey(Buffer.alloc(32, number));
  const spki = Buffer.concat([Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex"), ecdh.getPublicKey()]);
  const seed = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, 255 - number)]);
  const secret = crypto.createPrivateKey({ key: seed, format: "der", type: "pkcs8" });
  const point = crypto.createPublicKey(secret).export({ format: "der", type: "spki" }).subarray(-32);
  const key = Buffer.concat([Buffer.from([1]), point]);
  const id = crypto.createHash("sha256").update(`${origin}\n`).update(key).digest("hex").slice(0, 8);
  const body = spki.toString("base64").match(/.{1,64}/g).join("\n");
  return `-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----\n${origin}+${id}+${key.toString("base64")}\n`;
}

test("the golden bundle of a data location stands, through a change of keys", async () => {
  const verified = await verify(golden, trusted, { ...NOW, workspace: "tenant-ght-bm/communication", maxAge: 3_600_000 });
  assert.equal(verified.kind, "location");
  assert.equal(verified.predicate.verificationResult, "Located");
  assert.equal(verified.rotations, 1);
  assert.equal(verified.log.size, 10);
  assert.equal(verified.passed.length, 10);
  assert.deepEqual([verified.policy.name, verified.policy.spec.place.countries], ["sante", ["FR"]]);
});

/** Bundles of workspaces that break the rules of place, whose findings are told in codes with arguments. */
const breaches = readdirSync(at("core/fixtures/evidence")).filter((name) => /^v2\.breach-\d+\.bundle\.json$/.test(name))
  .map((name) => new Uint8Array(readFileSync(at(`core/fixtures/evidence/${name}`))));

test("golden bundles of breaches stand, each finding by code and arguments", async () => {
  assert.ok(breaches.length > 0);
  const codes = new Set();
  for (const bundle of breaches) {
    const { predicate, kind, rotations, policy } = await verify(bundle, trusted, { ...NOW, workspace: "tenant-ght-bm/communication" });
    assert.deepEqual([kind, predicate.verificationResult, rotations, policy.name], ["location", "NotLocated", 1, "sante"]);
    assert.ok(predicate.findings.length > 0);
    for (const { observed, expected } of predicate.findings)
      for (const { code, args } of [observed, expected]) {
        assert.match(code, /^[a-z0-9.-]+$/);
        assert.ok(args === undefined || Object.keys(args).length > 0);
        codes.add(code);
      }
  }
  assert.ok(codes.has("location.class-differs") && codes.has("rule.class-misplaced") && codes.size > 80, `${codes.size} codes`);
});

test("a finding that says something else than was signed is refused", async () => {
  const bundle = () => JSON.parse(new TextDecoder().decode(breaches[0]));
  const lies = [
    (f) => { f.observed.code = "location.allowed-place"; }, (f) => { f.observed.args = { lies: {} }; },
    (f) => { f.observed.args.lies.args.country = "FR"; }, (f) => { f.expected.code += "s"; }, (f) => { f.site = "par1"; },
  ];
  for (const lie of lies) {
    const changed = bundle();
    const statement = JSON.parse(Buffer.from(changed.envelope.payload, "base64"));
    lie(statement.predicate.findings.find(({ observed }) => observed.args?.lies?.args.country === "DE"));
    changed.envelope.payload = Buffer.from(canonical(statement)).toString("base64");
    await refused(text(changed), /n’est pas dans le journal/);
  }
});

test("one of the first version is genuine, and says that its rules are not bound", async () => {
  const read = (name) => readFileSync(at(`core/fixtures/evidence/${name}`));
  const verified = await verify(new Uint8Array(read("v1.bundle.json")), read("v1.pub").toString(), { ...NOW, kind: "location" });
  assert.ok(verified.first && verified.policy === null);
});

test("an audit entry stands", async () => {
  const seed = new Uint8Array(readFileSync(at("fuzz/seeds/proof/audit"))).slice(1);
  const verified = await verify(seed, sampleKeys(1, "beffroi.fr/log/fuzz"), NOW);
  assert.equal(verified.kind, "audit");
  assert.equal(verified.predicate.action, "WorkspacePlaced");
  await refused(seed, /une entrée du journal, et non une preuve du lieu/, sampleKeys(1, "beffroi.fr/log/fuzz"), { ...NOW, kind: "location" });
});

test("keys made from a number are those of the golden bundle, and its successor verifies it too", async () => {
  assert.equal(sampleKeys(1, "beffroi.fr/log/test"), trusted);
  assert.equal((await verify(golden, sampleKeys(2, "beffroi.fr/log/test"), NOW)).rotations, 0);
});

test("a flipped bit in any byte is refused", async () => {
  const flip = async (place) => {
    const changed = golden.slice();
    changed[place] ^= 1 << (place % 8);
    await assert.rejects(verify(changed, trusted, NOW), Refused, `byte ${place}`);
  };
  const places = [...golden.keys()];
  while (places.length > 0) await Promise.all(places.splice(0, 64).map(flip));
});

test("each cut, lost or doubled byte is refused", async () => {
  for (let place = 0; place < golden.length; place += 31) {
    await refused(golden.slice(0, place));
    await refused(Uint8Array.of(...golden.slice(0, place), ...golden.slice(place + 1)));
    await refused(Uint8Array.of(...golden.slice(0, place + 1), ...golden.slice(place)));
  }
});

/** The line of a witness that nobody here knows; of C2SP's cosignatures, which are longer than ours. */
const witness = `— witness.example/w ${Buffer.alloc(76, 7).toString("base64")}\n`;

test("a change within each part is refused, and says which part", async () => {
  const bend = (base64) => `${base64[0] === "A" ? "B" : "A"}${base64.slice(1)}`;
  const cases = [
    [(b) => { b.envelope.payload = bend(b.envelope.payload); }, /pas dans le journal/],
    [(b) => { b.inclusion.hashes[0] = bend(b.inclusion.hashes[0]); }, /pas dans le journal/],
    [(b) => { b.inclusion.logIndex -= 1; }, /pas dans le journal/],
    [(b) => { b.inclusion.hashes.pop(); }, /pas dans le journal/],
    [(b) => { b.rotations[0].inclusion.hashes[0] = bend(b.rotations[0].inclusion.hashes[0]); }, /pas dans le journal/],
    [(b) => { b.rotations[0].envelope.payload = bend(b.rotations[0].envelope.payload); }, /signature de la déclaration/],
    [(b) => { delete b.rotations; }, /clé de confiance/],
    [(b) => { b.rotations.push(b.rotations[0]); }, /ne vient pas après/],
    [(b) => { b.checkpoint = b.checkpoint.replace("\n10\n", "\n11\n"); }, /signature de l’état du journal/],
    [(b) => { b.checkpoint += "— x\n"; }, /mal formé/],
    [(b) => { b.checkpoint += `— w.example/w ${Buffer.alloc(4).toString("base64")}\n`; }, /mal formé/],
    // A signature of a known key under another state, beside the right one.
    [(b) => { b.checkpoint += b.consistency.checkpoint.split("\n\n")[1]; }, /signature de l’état du journal/],
    [(b) => { b.checkpoint = `${b.checkpoint.split("\n\n")[0]}\n\n${witness}`; }, /clé de confiance/],
    [(b) => { b.checkpoint = b.consistency.checkpoint; }, /pas dans le journal/],
    [(b) => { b.consistency.hashes[0] = bend(b.consistency.hashes[0]); }, /prolonge/],
    [(b) => { b.consistency.hashes = []; }, /prolonge/],
    [(b) => { b.consistency.checkpoint = b.consistency.checkpoint.replace("\n7\n", "\n8\n"); }, /signature de l’état/],
    [(b) => { b.observation.sites[0].declared.country = "DE"; }, /observation/],
    [(b) => { delete b.observation; }, /observation/],
    [(b) => { b.more = 1; }, /ne se lit pas/],
    [(b) => { b.observation = null; }, /ne se lit pas/],
    [(b) => { b.mediaType = "x"; }, /type/],
  ];
  for (const change of [(b) => { b.checkpoint += witness; }, (b) => { b.checkpoint = b.checkpoint.replace("\n\n", `\n\n${witness}`); }]) {
    const bundle = copy();
    change(bundle);
    await verify(text(bundle), trusted, NOW);
  }
  for (const [change, match] of cases) {
    const bundle = copy();
    change(bundle);
    await refused(text(bundle), match);
  }
  const { consistency: _, ...without } = copy();
  await verify(text(without), trusted, NOW);
});

test("what core's types would refuse is refused, whatever JavaScript would make of it", async () => {
  const others = [null, false, true, 0, 1, "", "x", [], {}, [["x"]], { length: 1 }];
  const places = [
    ["mediaType"], ["checkpoint"], ["consistency"], ["consistency", "checkpoint"], ["consistency", "hashes"], ["observation"],
    ["rotations"], ["rotations", 0], ["rotations", 0, "envelope"], ["rotations", 0, "inclusion"], ["envelope"], ["envelope", "payload"],
    ["envelope", "payloadType"], ["envelope", "signatures"], ["envelope", "signatures", 0], ["envelope", "signatures", 0, "keyid"],
    ["envelope", "signatures", 0, "sig"], ["inclusion"], ["inclusion", "logIndex"], ["inclusion", "hashes"], ["inclusion", "hashes", 0],
  ];
  for (const place of places) {
    const there = (bundle) => place.slice(0, -1).reduce((node, key) => node[key], bundle);
    const genuine = there(copy())[place.at(-1)];
    for (const other of [...others, [genuine], [[genuine]], { ...(typeof genuine === "object" && genuine), 0: genuine, length: 1 }]) {
      const bundle = copy();
      there(bundle)[place.at(-1)] = other;
      await refused(text(bundle), /./);
    }
    const bundle = copy();
    const last = there(bundle)[place.at(-1)];
    if (last && typeof last === "object" && !Array.isArray(last)) {
      last.more = null;
      await refused(text(bundle), /./);
    }
  }
});

/** A log of one entry, which `keys` of number 1 signed: whatever it says is genuine. */
async function signed(statement, observation) {
  const origin = "beffroi.fr/log/test";
  const payload = Buffer.from(canonical(statement));
  const p256 = crypto.createECDH("prime256v1");
  p256.setPrivateKey(Buffer.alloc(32, 1));
  const [x, y] = [p256.getPublicKey().subarray(1, 33), p256.getPublicKey().subarray(33)].map((half) => half.toString("base64url"));
  const ecdsa = crypto.createPrivateKey({ format: "jwk", key: { kty: "EC", crv: "P-256", x, y, d: Buffer.alloc(32, 1).toString("base64url") } });
  const pae = Buffer.concat([Buffer.from(`DSSEv1 28 application/vnd.in-toto+json ${payload.length} `), payload]);
  // Of the two forms of a signature only the lower is taken.
  let sig;
  do sig = crypto.sign("sha256", pae, { key: ecdsa, dsaEncoding: "ieee-p1363" });
  while (sig[32] >= 0x7f);
  const integer = (bytes) => {
    const short = bytes.subarray(bytes.findIndex((byte) => byte !== 0));
    const whole = short[0] > 127 ? Buffer.concat([Buffer.of(0), short]) : short;
    return Buffer.concat([Buffer.of(2, whole.length), whole]);
  };
  const pair = Buffer.concat([integer(sig.subarray(0, 32)), integer(sig.subarray(32))]);
  const keyid = copy().rotations[0].envelope.signatures[0].keyid;
  const envelope = {
    payload: payload.toString("base64"), payloadType: "application/vnd.in-toto+json",
    signatures: [{ keyid, sig: Buffer.concat([Buffer.of(0x30, pair.length), pair]).toString("base64") }],
  };
  const state = `${origin}\n1\n${sha(Buffer.of(0), Buffer.from(canonical(envelope))).toString("base64")}\n`;
  const seed = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, 254)]);
  const ed25519 = crypto.createPrivateKey({ key: seed, format: "der", type: "pkcs8" });
  const id = Buffer.from(trusted.trimEnd().split("\n").at(-1).split("+")[1], "hex");
  const note = Buffer.concat([id, crypto.sign(null, Buffer.from(state), ed25519)]).toString("base64");
  return text({
    mediaType: copy().mediaType, envelope, inclusion: { logIndex: 0, hashes: [] },
    checkpoint: `${state}\n— ${origin} ${note}\n`, ...(observation && { observation }),
  });
}

test("a genuine signature makes no statement of what is none", async () => {
  const { envelope, observation } = copy();
  const genuine = JSON.parse(Buffer.from(envelope.payload, "base64"));
  assert.equal((await verify(await signed(genuine, observation), trusted, NOW)).kind, "location");
  const audit = {
    _type: genuine._type, predicateType: "https://beffroi.fr/attestations/audit/v1",
    subject: [{ name: "Tenant/a", digest: { sha256: "0".repeat(64) } }],
    predicate: {
      time: "2026-11-24T12:00:00.5Z", action: "TenantRegistered", tenant: "a", tenantUid: "u", workspace: null, site: null,
      object: "Tenant/a", actor: null, note: { code: "verbatim", args: { words: "créée" } },
    },
  };
  for (const note of [audit.predicate.note, { code: "nothing" }, "", "a sentence, as the first version told it"])
    assert.equal((await verify(await signed({ ...audit, predicate: { ...audit.predicate, note } }), trusted, NOW)).kind, "audit");
  const breach = JSON.parse(new TextDecoder().decode(breaches[0]));
  const broken = JSON.parse(Buffer.from(breach.envelope.payload, "base64"));
  assert.equal((await verify(await signed(broken, breach.observation), trusted, NOW)).predicate.verificationResult, "NotLocated");
  // The rules of another policy under the digest of this one, and what a later version says in the first.
  const wide = structuredClone(observation);
  wide.policy.spec.place.countries.push("US");
  const digest = crypto.createHash("sha256").update(canonical(wide)).digest("hex");
  const widened = { ...genuine, subject: [{ ...genuine.subject[0], digest: { sha256: digest } }] };
  await refused(await signed(widened, wide), /les règles jointes ne sont pas celles de la politique/);
  const named = { ...observation, policy: { ...observation.policy, name: "standard" } };
  const other = crypto.createHash("sha256").update(canonical(named)).digest("hex");
  await refused(await signed({ ...genuine, subject: [{ ...genuine.subject[0], digest: { sha256: other } }] }, named), /les règles jointes/);
  await refused(await signed({ ...genuine, predicateType: genuine.predicateType.replace("v2", "v1") }, observation), /forme attendue|observation/);
  const lies = [
    [audit, (s) => { s.predicateType = [s.predicateType]; }],
    [audit, (s) => { s.predicateType = "constructor"; }],
    [audit, (s) => { s.predicateType = "__proto__"; }],
    [audit, (s) => { s.subject[0].name = [s.subject[0].name]; }],
    [audit, (s) => { s.predicate.object = s.subject[0].name = null; }],
    [audit, (s) => { s.predicate.action = "Else"; }],
    [audit, (s) => { s.predicate.action = ["TenantRegistered"]; }],
    [audit, (s) => { delete s.predicate.actor; }],
    [audit, (s) => { s.predicate.more = null; }],
    [audit, (s) => { s.predicate.workspace = { name: "x" }; }],
    [audit, (s) => { s.predicate = [s.predicate]; }],
    ...["2026", "2026-11-24T12:00:00.50Z", "2026-11-24T12:00:00+00:00", "2026-02-30T12:00:00Z", "2026-11-24T24:00:00Z", 0, ["2026-11-24T12:00:00Z"]]
      .map((time) => [audit, (s) => { s.predicate.time = time; }]),
    [genuine, (s) => { s.predicate.sites[0].pods = -1; }],
    [genuine, (s) => { s.predicate.sites[0].pods = 0.5; }],
    [genuine, (s) => { s.predicate.sites[0].more = 1; }],
    [genuine, (s) => { s.predicate.verificationResult = ["Located"]; }],
    [genuine, (s) => { s.predicate.rules[0].result = "Tenue"; }],
    [genuine, (s) => { s.predicate.rules[0].source = "as the first version told it"; }],
    [genuine, (s) => { s.predicate.notProven.push("Else"); }],
    [genuine, (s) => { delete s.predicate.findingsOmitted; }],
    ...[undefined, null, 0, [], ["verbatim"], {}, { args: {} }, { code: 0 }, { code: "a", args: {} }, { code: "a", args: null }, { code: "a", args: ["b"] },
      { code: "a", args: "b" }, { code: "a", more: 1 }, [{ code: "a" }]].flatMap((told) => [
      [audit, (s) => { s.predicate.note = told; }], [broken, (s) => { s.predicate.findings[0].observed = told; }],
      [broken, (s) => { s.predicate.findings[0].expected = told; }],
    ]),
    [broken, (s) => { s.predicate.findings[0].observed = "a sentence"; }],
    [broken, (s) => { s.predicate.findings[0].since = "now"; }],
    [broken, (s) => { s.predicate.findings[0].more = 1; }],
    [broken, (s) => { delete s.predicate.findings[0].object; }],
  ];
  const observed = new Map([[genuine, observation], [broken, breach.observation]]);
  for (const [of, lie] of lies) {
    const statement = structuredClone(of);
    lie(statement);
    await refused(await signed(statement, observed.get(of)), /./);
  }
});

test("statements are read as the published schemas say", () => {
  for (const [kind, file, type] of [["location", "data-location-v2", "DataLocation"], ["audit", "audit-v1", "Audit"], ["rotation", "key-rotation-v1", "KeyRotation"]]) {
    const schema = JSON.parse(readFileSync(at(`core/schemas/${file}.json`), "utf8"));
    const [address, shape] = PREDICATES[kind];
    assert.equal(address, schema.properties.predicateType.const);
    assert.deepEqual(shape.names.toSorted(), Object.keys(schema.$defs[type].properties).sort());
    for (const [name, words] of Object.entries(WORDS))
      if (schema.$defs[name]) assert.deepEqual(words, schema.$defs[name].oneOf.map((one) => one.const), name);
  }
});

test("another spelling of the same JSON is refused", async () => {
  const genuine = new TextDecoder().decode(golden);
  const other = [
    JSON.stringify(copy(), null, 2), genuine.trimEnd(), `${genuine}\n`, `\ufeff${genuine}`, `${genuine}${genuine}`,
    genuine.replace('"rapide"', '"\\u0072apide"'), genuine.replace("application/", "application\\/"),
    genuine.replace('"logIndex":8', '"logIndex":8.0'), genuine.replace('"mediaType":', '"mediaType":"x","mediaType":'),
    genuine.replace('"mediaType"', '"a\ud800":1,"mediaType"'), genuine.replaceAll('="', '"'),
  ];
  for (const spelling of other) {
    assert.notEqual(spelling, genuine);
    await refused(new TextEncoder().encode(spelling));
  }
});

test("what the reader expects is held to", async () => {
  await refused(golden, /espace/, trusted, { ...NOW, workspace: "tenant-other/communication" });
  await refused(golden, /ancienne/, trusted, { ...NOW, maxAge: 60_000 });
  const early = { now: new Date("2026-11-24T11:00:00Z") };
  await refused(golden, /à venir/, trusted, { ...early, maxAge: 60_000 });
  assert.ok((await verify(golden, trusted, early)).early, "a slow clock makes no evidence false");
  assert.ok(!(await verify(golden, trusted, NOW)).early);
});

test("a period verifies as one, and not when it is not whole or not what it says", async () => {
  const { checkpoint } = copy();
  const genuine = {
    mediaType: "application/vnd.beffroi.period.v1+jsonl", tenants: [], workspace: null, workspaceName: "communication",
    from: "2026-11-24T00:00:00Z", until: null, checkpoint, indexes: [8],
  };
  const file = (header, ...lines) => new Uint8Array(Buffer.concat([Buffer.from(text(header)), ...lines.map((line) => Buffer.from(line))]));
  const { entries } = await verifyPeriod(file(genuine, golden), trusted, NOW);
  assert.deepEqual(entries.map(({ kind, index }) => [kind, index]), [["location", 8]]);
  assert.equal(periodLines(golden), null);
  for (const [header, ...lines] of [
    [genuine], [genuine, golden, golden], [{ ...genuine, indexes: [8, 9] }, golden, golden], [{ ...genuine, indexes: [7] }, golden],
    [{ ...genuine, workspaceName: "autre" }, golden], [{ ...genuine, tenants: ["autre"] }, golden], [{ ...genuine, workspace: "autre" }, golden],
    [{ ...genuine, from: "2026-11-25T00:00:00Z" }, golden], [{ ...genuine, until: "2026-11-24T00:00:00Z" }, golden],
    [{ ...genuine, checkpoint: copy().consistency.checkpoint }, golden], [{ ...genuine, more: 1 }, golden],
    [genuine, golden.slice(0, -1)],
  ]) await assert.rejects(verifyPeriod(file(header, ...lines), trusted, NOW), Refused, JSON.stringify(header));
});

test("keys that are not trusted, or are none, are refused", async () => {
  await refused(golden, /clé de confiance/, sampleKeys(3, "beffroi.fr/log/test"));
  await refused(golden, /clé/, sampleKeys(1, "beffroi.fr/log/other"));
  const key = trusted.trimEnd().split("\n").at(-1).split("+").slice(2).join("+");
  const weak = Buffer.concat([Buffer.from([1]), Buffer.alloc(32)]).toString("base64");
  for (const bad of ["", "x", trusted.slice(0, 40), trusted.replace("+95df00ad", "+95DF00AD"), `${trusted}${trusted}`,
    trusted.replace("log/test", "log/best"), trusted.replace(key, weak), trusted.trimEnd().slice(0, -1)]) {
    await assert.rejects(parseKeys(bad), Refused, bad);
    await assert.rejects(verify(golden, bad, NOW), unverified, bad);
  }
});

/** That nothing was verified is no verdict. */
const unverified = (error) => !(error instanceof Refused) && /^Rien n’a été vérifié : .*[^.]\.$/.test(error.message);

test("a browser that cannot verify says so, and nothing of the proof", async (t) => {
  const importKey = crypto.webcrypto.subtle.importKey.bind(crypto.webcrypto.subtle);
  const mocked = t.mock.method(crypto.webcrypto.subtle, "importKey", (format, key, algorithm, ...rest) => (algorithm.name === "Ed25519"
    ? Promise.reject(new DOMException("unknown", "NotSupportedError")) : importKey(format, key, algorithm, ...rest)));
  await assert.rejects(verify(golden, trusted, NOW), (error) => unverified(error) && /Ed25519/.test(error.message));
  mocked.mock.restore();
  t.mock.getter(globalThis, "crypto", () => ({}));
  await assert.rejects(verify(golden, trusted, NOW), (error) => unverified(error) && /HTTPS/.test(error.message));
});

/** RFC 6962, 2.1, as it is written there: slow, and another way than the one under test. */
const sha = (...parts) => crypto.createHash("sha256").update(Buffer.concat(parts)).digest();
const split = (n) => { let k = 1; while (k * 2 < n) k *= 2; return k; };
const root = (d) => (d.length === 1 ? d[0] : sha(Buffer.of(1), root(d.slice(0, split(d.length))), root(d.slice(split(d.length)))));
function path(m, d) {
  if (d.length === 1) return [];
  const k = split(d.length);
  return m < k ? [...path(m, d.slice(0, k)), root(d.slice(k))] : [...path(m - k, d.slice(k)), root(d.slice(0, k))];
}
function proof(m, d, whole = true) {
  if (m === d.length) return whole ? [] : [root(d)];
  const k = split(d.length);
  return m <= k ? [...proof(m, d.slice(0, k), whole), root(d.slice(k))] : [...proof(m - k, d.slice(k), false), root(d.slice(0, k))];
}

test("Merkle proofs of every small log hold, and no other place, size or path does", async () => {
  const leaves = Array.from({ length: 20 }, (_, i) => sha(Buffer.of(0, i)));
  for (let size = 1; size <= leaves.length; size += 1) {
    const d = leaves.slice(0, size);
    const log = { size, root: root(d) };
    for (let index = 0; index < size; index += 1) {
      const good = path(index, d);
      assert.ok(await contains(log, index, d[index], good), `${index} of ${size}`);
      for (let other = 0; other <= size; other += 1)
        if (other !== index) assert.ok(!(await contains(log, other, d[index], good)), `${index} as ${other} of ${size}`);
      assert.ok(!(await contains(log, index, d[index], [...good, d[0]])));
      if (good.length > 0) assert.ok(!(await contains(log, index, d[index], good.slice(1))));
      const smaller = { size: index + 1, root: root(d.slice(0, index + 1)) };
      const growth = proof(index + 1, d);
      assert.ok(await prolongs(smaller, log, growth), `${index + 1} to ${size}`);
      assert.ok(!(await prolongs({ ...smaller, root: d[0].map((b) => b ^ 1) }, log, growth)));
      assert.ok(!(await prolongs(smaller, log, [...growth, d[0]])));
    }
  }
});
