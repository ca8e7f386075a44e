// Verifies a bundle of evidence in the browser: what `beffroi verify` checks, but the verdict, which is not drawn
// again from what was observed.
//
// Pipeline: one text (bundle.js) → keys that follow from those trusted → signature of the log's state → place of the
// entry in it → signature of the statement → digest of what was observed, and of the policy in it → what the reader
// expects.
// Formats and their reasons: core/src/evidence. Nothing here asks the network for anything.

import {
  Refused, UNREADABLE, canonical, decode, encode, need, parseBundle, parseHeader, parseStatement, refuse,
} from "./bundle.js";

export { Refused, canonical };

const PAYLOAD_TYPE = "application/vnd.in-toto+json";
const SKEW = 5 * 60_000;
const WHICH_KEY = "est-ce le bon fichier de clé publique ?";

/**
 * Checks `bytes` (Uint8Array) with the public keys that the reader trusts (text of the key file).
 * `expected`: `kind` ("location", "audit", "rotation"), `workspace` as "NAMESPACE/NAME", `now` (Date) and `maxAge` in
 * milliseconds, each optional.
 * Resolves to what is claimed, the `policy` whose rules counted, where it stands in the log, and `early`: whether it
 * is dated from a time to come.
 * Throws `Refused` where the bundle does not hold, and a plain `Error` where nothing could be checked: no verdict.
 */
export async function verify(bytes, keysText, expected = {}) {
  const trusted = await ownKeys(keysText);
  const passed = [];
  try {
    return { passed, ...(await check(bytes, trusted, expected, (step) => passed.push(step))) };
  } catch (error) {
    const refusal = error instanceof Refused ? error : new Refused(`${UNREADABLE} (${error.message})`);
    refusal.passed = passed;
    throw refusal;
  }
}

const PERIOD = "application/vnd.beffroi.period.v1+jsonl";

/** The lines of the file of a period; nothing where it is none. */
export function periodLines(bytes) {
  const lines = [];
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(10, from);
    const next = end < 0 ? bytes.length : end + 1;
    lines.push(bytes.slice(from, next));
    from = next;
  }
  try {
    return JSON.parse(new TextDecoder().decode(lines[0])).mediaType === PERIOD ? lines : null;
  } catch {
    return null;
  }
}

/**
 * Checks the file of a period: each entry as a bundle, and all of them as one (see core/src/evidence/period.rs).
 * Resolves to what its first line says, and to the entries.
 */
export async function verifyPeriod(bytes, keysText, expected = {}) {
  const [first, ...lines] = periodLines(bytes) ?? refuse(UNREADABLE);
  const whole = "le fichier ne contient pas ce que sa première ligne annonce : il a été modifié ou tronqué";
  const header = parseHeader(first);
  need(lines.length === header.indexes.length, whole);
  const entries = [];
  let latest = -Infinity;
  for (const [place, index] of header.indexes.entries()) {
    const one = await verify(lines[place], keysText, { ...expected, kind: undefined });
    const time = Date.parse(one.predicate.timeVerified ?? one.predicate.time);
    need(one.index === index && !(entries.at(-1)?.index >= index), whole);
    need(one.note === header.checkpoint, `l’entrée ${index} repose sur un autre état du journal que celui qui est annoncé`);
    need(latest - time <= SKEW, `l’entrée ${index} est datée d’avant une entrée qui la précède`);
    const of = one.predicate.workspace;
    const tenant = one.predicate.tenantUid ?? of?.tenantUid;
    need((header.tenants.length === 0 || header.tenants.includes(tenant))
      && (header.workspace === null || of?.uid === header.workspace) && (header.workspaceName === null || of?.name === header.workspaceName)
      && (header.from === null || time >= Date.parse(header.from)) && (header.until === null || time < Date.parse(header.until)),
      `l’entrée ${index} n’est pas de la période, de l’organisation ou de l’espace annoncés`);
    latest = Math.max(latest, time);
    entries.push(one);
  }
  return { header, entries };
}

/** The reader's keys; that they are none, or that this browser cannot use them, is not the bundle's fault. */
async function ownKeys(text) {
  try {
    need(globalThis.crypto?.subtle, "ce navigateur ne donne la cryptographie qu’aux pages servies en HTTPS");
    return await parseKeys(text);
  } catch (error) {
    throw new Error(`Rien n’a été vérifié : ${error.message}.`);
  }
}

async function check(bytes, trusted, expected, pass) {
  const bundle = parseBundle(bytes);
  pass("Le fichier est dans son texte unique.");
  const rotations = bundle.rotations ?? [];
  const chain = await followKeys(rotations, trusted);
  if (chain.length > 1) pass(`Chaque changement de clés (${chain.length - 1}) est signé par les clés d’avant.`);
  const log = await verifyCheckpoint(bundle.checkpoint, chain);
  need(log.links.includes(chain.length - 1), "l’état du journal est signé par des clés qui avaient été remplacées");
  pass(`L’état du journal (${log.size} entrées) est signé par sa clé (Ed25519).`);
  for (const rotation of rotations) await included(rotation, log);
  await included(bundle, log);
  pass(`L’entrée ${bundle.inclusion.logIndex} est dans ce journal (preuve d’inclusion de Merkle).`);
  if (bundle.consistency !== undefined) {
    const smaller = await grown(bundle.consistency, log, chain);
    pass(`Le journal prolonge celui de ${smaller.size} entrées, sans rien y changer.`);
  }
  const { payload, link } = await verifyEnvelope(bundle.envelope, chain);
  need(signsAt(chain, link, bundle.inclusion.logIndex, false),
    "la déclaration est signée par des clés qui n’en avaient pas le droit à cette place du journal");
  pass("La déclaration est signée par une clé de confiance (ECDSA P-256).");
  const statement = parseStatement(payload);
  inTime(bundle, statement);
  if (rotations.length > 0) pass("Les dates suivent l’ordre du journal.");
  const policy = await follows(statement, bundle.observation);
  if (bundle.observation) pass("L’observation jointe est celle qui a été signée (SHA-256).");
  if (policy) pass("La politique jointe, entière, est celle dont l’empreinte a été signée (SHA-256).");
  const early = meets(statement, expected);
  if (expected.workspace) pass(`Elle porte sur l’espace attendu (${expected.workspace}).`);
  return { ...statement, policy, log, note: bundle.checkpoint, early, key: chain[link].keys.id, rotations: chain.length - 1, index: bundle.inclusion.logIndex };
}

/** That times run with the log's order, but for SKEW: those of the changes of keys, and the statement's own. */
function inTime({ inclusion, rotations = [] }, statement) {
  const dated = ({ predicate }, { logIndex }) => ({ index: logIndex, time: Date.parse(predicate.timeVerified ?? predicate.time) });
  const all = [dated(statement, inclusion), ...rotations.map((r) => dated(parseStatement(decode(r.envelope.payload)), r.inclusion))];
  let latest = -Infinity;
  for (const { index, time } of all.sort((a, b) => a.index - b.index)) {
    need(latest - time <= SKEW, `l’entrée ${index} du journal est datée d’avant une entrée qui la précède : une horloge a reculé, ou une date est fausse`);
    latest = Math.max(latest, time);
  }
}

// --- Bytes ----------------------------------------------------------------------------------------------------

const utf8 = (text) => new TextEncoder().encode(text);
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const same = (a, b) => hex(a) === hex(b);
const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", concat(parts)));

function concat(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}

// --- Keys -----------------------------------------------------------------------------------------------------

const ED25519 = 1;
const P256_SPKI = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
/** Ed25519 points of small order, for which everybody can sign; the sign bit is left out. */
const WEAK = [
  "00".repeat(32), `01${"00".repeat(31)}`, `ec${"ff".repeat(30)}7f`, `ed${"ff".repeat(30)}7f`, `ee${"ff".repeat(30)}7f`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
];

/** Reads a public key file: a PEM block (ECDSA P-256) and a line name+id+key (Ed25519). */
export async function parseKeys(text) {
  const wrong = "ces clés ne sont pas des clés publiques de Beffroi";
  const parts = /-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END PUBLIC KEY-----([^]*)$/.exec(text);
  need(parts, wrong);
  const der = decode(parts[1].replace(/\s/g, ""), wrong);
  need(der.length === 91 && hex(der).startsWith(P256_SPKI), wrong);
  const verifier = parts[2].trim();
  const line = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(verifier);
  need(line, wrong);
  const [, origin, noteId, encoded] = line;
  const key = decode(encoded, wrong);
  need(key.length === 33 && key[0] === ED25519 && !WEAK.includes(hex([...key.slice(1, 32), key[32] & 127])), wrong);
  need(noteId === hex(await sha256(utf8(`${origin}\n`), key)).slice(0, 8), wrong);
  const lines = encode(der).match(/.{1,64}/g).join("\n");
  return {
    origin, noteId, verifier,
    id: hex(await sha256(der)),
    text: `-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----\n${verifier}\n`,
    statement: await imported("spki", der, { name: "ECDSA", namedCurve: "P-256" }, wrong),
    checkpoint: await imported("raw", key.slice(1), { name: "Ed25519" }, wrong),
  };
}

async function imported(format, bytes, algorithm, wrong) {
  try {
    return await crypto.subtle.importKey(format, bytes, algorithm, false, ["verify"]);
  } catch (error) {
    const unknown = error.name === "NotSupportedError";
    return refuse(unknown ? `ce navigateur ne connaît pas ${algorithm.name} : vérifiez avec « beffroi verify »` : wrong);
  }
}

/** Keys that follow one another from the trusted ones, each with the index of the log from which on it signs. */
async function followKeys(rotations, trusted) {
  const wrong = (index, why) => refuse(`le changement de clés n° ${index} ne vaut rien (${why})`);
  const back = "il nomme une clé qui avait déjà servi";
  const signed = (upTo, keys) => rotations.slice(0, upTo + 1).some((r) => r.envelope.signatures[0].keyid === keys.id);
  rotations.forEach(({ inclusion }, index) => {
    if (index > 0 && rotations[index - 1].inclusion.logIndex >= inclusion.logIndex)
      wrong(index, "il ne vient pas après le précédent");
  });
  const brought = rotations.findIndex((rotation) => brings(rotation, trusted));
  if (brought >= 0 && signed(brought, trusted)) wrong(brought, back);
  const chain = [{ keys: trusted, from: brought < 0 ? 0 : rotations[brought].inclusion.logIndex + 1 }];
  for (let index = brought + 1; index < rotations.length; index += 1) {
    const last = chain.at(-1);
    const { payload } = await verifyEnvelope(rotations[index].envelope, [last]);
    const { kind, subject, predicate } = parseStatement(payload);
    if (kind !== "rotation") wrong(index, "ce n’en est pas un");
    if (!(await namesKeys(subject, predicate))) wrong(index, "son sujet n’est pas les clés qu’il nomme");
    const keys = await parseKeys(predicate.successor);
    if (keys.text !== predicate.successor) wrong(index, "ses clés ne sont pas dans leur texte unique");
    if (keys.origin !== last.keys.origin) wrong(index, "il nomme les clés d’un autre journal");
    const shares = ({ keys: old }) => old.id === keys.id || old.verifier === keys.verifier;
    if (signed(index, keys) || chain.some(shares)) wrong(index, back);
    chain.push({ keys, from: rotations[index].inclusion.logIndex + 1 });
  }
  return chain;
}

/** Whether a change of keys, whoever signed it, names `keys`. */
function brings(rotation, keys) {
  try {
    const { kind, predicate } = parseStatement(decode(rotation.envelope.payload));
    return kind === "rotation" && predicate.successor === keys.text;
  } catch {
    return false;
  }
}

async function namesKeys(subject, predicate) {
  const digest = hex(await sha256(utf8(predicate.successor)));
  return subject.name === "beffroi.fr/keys" && subject.digest.sha256 === digest;
}

/** Whether the keys at `link` sign at this place; a state that ends with a change may be signed by both. */
function signsAt(chain, link, place, inclusive) {
  const until = chain[link + 1]?.from ?? Infinity;
  return place >= chain[link].from && (inclusive ? place <= until : place < until);
}

// --- Signatures -----------------------------------------------------------------------------------------------

const HALF_ORDER = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;

/** The payload of a DSSE envelope that one of the keys of `chain` signed. */
async function verifyEnvelope(envelope, chain) {
  need(envelope.payloadType === PAYLOAD_TYPE, "l’enveloppe de la déclaration est mal formée (type)");
  const payload = decode(envelope.payload);
  const { keyid, sig } = envelope.signatures[0];
  const link = chain.findIndex(({ keys }) => keys.id === keyid);
  need(link >= 0, `la déclaration est signée par la clé ${keyid.slice(0, 16)}…, pas par une clé de confiance : ${WHICH_KEY}`);
  const signed = concat([utf8(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `), payload]);
  const algorithm = { name: "ECDSA", hash: "SHA-256" };
  need(await crypto.subtle.verify(algorithm, chain[link].keys.statement, fromDer(decode(sig)), signed),
    "la signature de la déclaration n’est pas celle de sa clé : le contenu a été modifié");
  return { payload, link };
}

/** r and s, 32 bytes each, of a DER signature in its one canonical form. */
function fromDer(der) {
  const malformed = "l’enveloppe de la déclaration est mal formée (signature)";
  const integer = (at) => {
    need(der[at] === 2 && der[at + 1] >= 1 && der[at + 1] <= 33, malformed);
    const bytes = der.slice(at + 2, at + 2 + der[at + 1]);
    const padded = bytes[0] === 0;
    need(bytes.length === der[at + 1] && bytes[0] < 128 && (!padded || bytes[1] >= 128), malformed);
    const digits = hex(bytes).slice(padded ? 2 : 0);
    need(digits.length <= 64, malformed);
    return { digits: digits.padStart(64, "0"), next: at + 2 + bytes.length };
  };
  need(der[0] === 0x30 && der[1] === der.length - 2, malformed);
  const r = integer(2);
  const s = integer(r.next);
  need(s.next === der.length && BigInt(`0x${s.digits}`) <= HALF_ORDER, malformed);
  return Uint8Array.from((r.digits + s.digits).match(/../g), (byte) => parseInt(byte, 16));
}

/**
 * Name, size and root of the log: a signed note with at least one signature by a key of `chain`. Lines of keys that are
 * not known say nothing (witnesses cosign); one of a known key that is not its signature is refused.
 */
async function verifyCheckpoint(note, chain) {
  const malformed = "l’état du journal est mal formé";
  const parts = /^([^\s+]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/=]{44})\n\n((?:— [^\s+]+ [A-Za-z0-9+/=]+\n){1,100})$/u.exec(note);
  need(parts, malformed);
  const [, origin, digits, rootText, lines] = parts;
  const size = Number(digits);
  const root = decode(rootText, malformed);
  need(Number.isSafeInteger(size) && root.length === 32, malformed);
  const text = utf8(`${origin}\n${digits}\n${rootText}\n`);
  const links = [];
  const strangers = [];
  for (const line of lines.trimEnd().split("\n")) {
    const [, signer, encoded] = line.split(" ");
    const signature = decode(encoded, malformed);
    need(signature.length >= 5, malformed);
    const id = hex(signature.slice(0, 4));
    const link = chain.findIndex(({ keys }) => keys.origin === signer && keys.noteId === id);
    if (link < 0) strangers.push(`${signer} ${id}`);
    else {
      need(signature.length === 68 && await crypto.subtle.verify("Ed25519", chain[link].keys.checkpoint, signature.slice(4), text),
        "la signature de l’état du journal n’est pas celle de sa clé : il a été modifié");
      links.push(link);
    }
  }
  need(links.length > 0, `l’état du journal est signé par ${strangers[0]}, pas par une clé de confiance : ${WHICH_KEY}`);
  need(links.every((link) => chain[link].keys.origin === origin), "l’état du journal parle d’un autre journal que sa signature");
  return { origin, size, root, links };
}

// --- Merkle proofs (RFC 6962 as told by RFC 9162, 2.1.3.2 and 2.1.4.2) -----------------------------------------

const node = (left, right) => sha256(Uint8Array.of(1), left, right);
const half = (number) => Math.floor(number / 2);

/** That an envelope is an entry of the log. */
async function included({ envelope, inclusion }, log) {
  const leaf = await sha256(Uint8Array.of(0), utf8(canonical(envelope)));
  const path = inclusion.hashes.map((hash) => decode(hash));
  need(await contains(log, inclusion.logIndex, leaf, path),
    `l’entrée ${inclusion.logIndex} n’est pas dans le journal de ${log.size} entrées que la preuve invoque`);
}

/** Whether a leaf is in the log: the audit path leads to the root. */
export async function contains(log, index, leaf, path) {
  let [hash, last] = [leaf, log.size - 1];
  if (index > last) return false;
  for (const sibling of path) {
    if (last === 0) return false;
    if (index % 2 === 1 || index === last) {
      hash = await node(sibling, hash);
      while (index % 2 === 0 && index > 0) [index, last] = [half(index), half(last)];
    } else hash = await node(hash, sibling);
    [index, last] = [half(index), half(last)];
  }
  return last === 0 && same(hash, log.root);
}

/** That the log only grew: the smaller state, signed by its keys and a part of the larger one. */
async function grown(proof, larger, chain) {
  const smaller = await verifyCheckpoint(proof.checkpoint, chain);
  need(smaller.links.some((link) => signsAt(chain, link, smaller.size, true)), "un état du journal est signé par des clés qui n’étaient pas les siennes");
  const path = proof.hashes.map((hash) => decode(hash));
  const holds = smaller.size === 0
    ? path.length === 0 && same(smaller.root, await sha256())
    : await prolongs(smaller, larger, path);
  need(holds, `rien ne montre que le journal de ${larger.size} entrées prolonge celui de ${smaller.size} : la preuve a été modifiée, ou l’histoire récrite. Gardez le fichier et prévenez votre RSSI`);
  return smaller;
}

/** Whether the smaller state is a part of the larger one. */
export async function prolongs(smaller, larger, proof) {
  if (smaller.size === larger.size) return proof.length === 0 && same(smaller.root, larger.root);
  if (smaller.size > larger.size) return false;
  let [index, last] = [smaller.size - 1, larger.size - 1];
  while (index % 2 === 1) [index, last] = [half(index), half(last)];
  const path = index === 0 ? [smaller.root, ...proof] : proof;
  if (path.length === 0) return false;
  let [from, to] = [path[0], path[0]];
  for (const sibling of path.slice(1)) {
    if (last === 0) return false;
    if (index % 2 === 1 || index === last) {
      [from, to] = [await node(sibling, from), await node(sibling, to)];
      while (index % 2 === 0 && index > 0) [index, last] = [half(index), half(last)];
    } else to = await node(to, sibling);
    [index, last] = [half(index), half(last)];
  }
  return last === 0 && same(from, smaller.root) && same(to, larger.root);
}

// --- What is claimed ------------------------------------------------------------------------------------------

/** That the statement speaks of its subject, and of what was observed under a policy; the policy, where it is whole. */
async function follows({ kind, first, subject, predicate }, observation) {
  const named = {
    location: () => subject.name === `beffroi.fr/workspace/${predicate.workspace.uid}`,
    audit: () => subject.name === predicate.object,
    rotation: () => namesKeys(subject, predicate),
  };
  need(await named[kind](), "la déclaration parle d’autre chose que de son sujet");
  const other = "l’observation jointe n’est pas celle qui a été signée";
  need((kind === "location") === (observation !== undefined), other);
  if (!observation) return null;
  need(hex(await sha256(utf8(canonical(observation)))) === subject.digest.sha256, other);
  // The first version holds an extract of the policy, which nothing binds to its digest.
  need(first === Object.hasOwn(observation, "rules"), other);
  if (first) return null;
  const { policy } = observation;
  const whole = policy && typeof policy.name === "string" && policy.spec && typeof policy.spec === "object";
  need(whole && predicate.policy.uri === `beffroi://policies/${policy.name}`
    && predicate.policy.digest.sha256 === hex(await sha256(utf8(canonical(policy.spec)))),
    "les règles jointes ne sont pas celles de la politique dont l’empreinte a été signée");
  return policy;
}

/** What a bundle may hold, for people. */
export const KINDS = { location: "une preuve du lieu des données", audit: "une entrée du journal", rotation: "un changement de clés" };

/**
 * That the statement is of the kind, about the workspace and of the age that the reader expects. Tells whether it is dated from
 * what this machine takes for the future: who bounds no age does not have the statement refused for a slow clock.
 */
function meets({ kind, predicate }, { kind: wanted, workspace, now = new Date(), maxAge }) {
  need(!wanted || kind === wanted,
    `elle est authentique, mais c’est ${KINDS[kind]}, et non ${KINDS[wanted]} : elle ne prouve rien d’autre`);
  const about = predicate.workspace;
  const found = about ? `${about.namespace}/${about.name}` : "aucun";
  need(!workspace || found === workspace, `elle porte sur l’espace ${found}, pas sur ${workspace}`);
  const age = now - Date.parse(predicate.timeVerified ?? predicate.time);
  const early = age < -SKEW;
  need(maxAge === undefined || !early, "elle est datée d’un moment à venir : vérifiez l’horloge de cette machine");
  need(maxAge === undefined || age <= maxAge, "elle est plus ancienne que l’âge admis : demandez-en une nouvelle");
  return early;
}
