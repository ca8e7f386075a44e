// Reads a bundle of evidence and the statement in it: bytes → one text → shape, field by field, as core's types have
// it (core/src/evidence/{bundle,statement}.rs). What they would refuse is refused here: another type, a field more, a
// field less. Who signed it is the business of verify.js.

/** Why a bundle proves nothing, in French; `passed` holds the steps that held before. */
export class Refused extends Error {
  passed = [];
}

export const refuse = (message) => { throw new Refused(message); };
export const need = (holds, message) => holds || refuse(message);

export const UNREADABLE = "le fichier ne se lit pas comme une preuve : il a été modifié ou tronqué";
const CHANGED = "le fichier n’est pas dans son texte unique : il a été modifié, ou écrit par un autre programme";
const MEDIA_TYPE = "application/vnd.beffroi.bundle.v1+json";
const STATEMENT = "https://in-toto.io/Statement/v1";
const LONGEST = 64 << 20;

// --- One text -------------------------------------------------------------------------------------------------

/** JSON as RFC 8785 writes it. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value && typeof value === "object") {
    const field = (key) => `${canonical(key)}:${canonical(value[key])}`;
    return `{${Object.keys(value).sort().map(field).join(",")}}`;
  }
  const text = JSON.stringify(value);
  need(typeof value !== "string" || value.isWellFormed(), UNREADABLE);
  need(typeof value !== "number" || !text.includes("e"), UNREADABLE);
  return text;
}

/** What the bytes say; a doubled key too is another text than the one that is expected. */
function parseJson(bytes, end, refusal) {
  let text;
  let value;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    refuse(UNREADABLE);
  }
  need(canonical(value) + end === text, refusal);
  return value;
}

/** Bytes as base64. */
export const encode = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

/** Base64 with padding; only the one canonical text is taken. */
export function decode(text, refusal = UNREADABLE) {
  need(typeof text === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0, refusal);
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  need(encode(bytes) === text, refusal);
  return bytes;
}

// --- Shapes ---------------------------------------------------------------------------------------------------

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const string = (value) => typeof value === "string";
const u32 = (value) => Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
const place = (value) => Number.isSafeInteger(value) && value >= 0;
const oneOf = (...words) => Object.assign((value) => words.includes(value), { words });
const nullable = (shape) => (value) => value === null || shape(value);
const many = (shape, least = 0, most = Infinity) => (value) =>
  Array.isArray(value) && value.length >= least && value.length <= most && value.every(shape);
/** An object of these fields and no others; what is written `null` where it may lack would be another text. */
const fields = (required, optional = {}) => Object.assign((value) =>
  isObject(value) && Object.keys(required).every((key) => Object.hasOwn(value, key))
  && Object.keys(value).every((key) => {
    const shapes = Object.hasOwn(required, key) ? required : optional;
    return Object.hasOwn(shapes, key) && shapes[key](value[key]);
  }), { names: Object.keys({ ...required, ...optional }) });

/** A moment as core writes it: UTC, and no zero at the end of a fraction. */
function moment(value) {
  if (!string(value) || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z$/.test(value)) return false;
  const date = new Date(value);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 19) === value.slice(0, 19);
}

const hash = (value) => decode(value).length === 32;
const envelope = fields({ payload: string, payloadType: string, signatures: many(fields({ keyid: string, sig: string }), 1, 1) });
const inclusion = fields({ logIndex: place, hashes: many(hash, 0, 64) });
const bundleShape = fields({ mediaType: string, envelope, inclusion, checkpoint: string }, {
  observation: isObject,
  rotations: many(fields({ envelope, inclusion }), 1),
  consistency: fields({ checkpoint: string, hashes: many(hash, 0, 128) }),
});

/** A message: its code, and arguments where it has some. */
const said = fields({ code: string }, { args: (value) => isObject(value) && Object.keys(value).length > 0 });
/** The same, or a sentence, as the first version told it. */
const told = (value) => string(value) || said(value);
const digest = fields({ sha256: string });
const workspace = fields({ uid: string, name: string, namespace: string, tenant: string, tenantUid: string });
const site = fields({
  name: string, provider: string, country: string, subdivision: string, city: string,
  observedAt: nullable(moment), pods: u32, nodes: u32, volumes: u32,
});
const FIRST_RESULTS = ["Pass", "Fail", "Unproven"];
const result = oneOf(...FIRST_RESULTS, "WithoutObject");
const finding = (told) => fields({ rule: string, site: string, object: string, observed: told, expected: told, since: moment });
const FIRST_LIMITS = ["NodePlaceIsDeclared", "StoragePlaceIsDeclared", "EncryptionIsDeclared", "BackupsNotSeen", "FlowsNotSeen",
  "ImageSignaturesNotVerified", "DocumentsNotVerified", "BetweenObservations"];
const limit = oneOf(...FIRST_LIMITS.slice(0, 2), "VolumePlaceNotShown", FIRST_LIMITS[2], "VolumesNotSeen",
  ...FIRST_LIMITS.slice(3, 5), "FlowsTriedFromOneNode", ...FIRST_LIMITS.slice(5));
const remains = fields({
  lookedAt: many(fields({ site: string, kind: string, result: oneOf("Seen", "NotServed", "NotAllowed") }), 0, 256),
  left: many(fields({ site: string, kind: string, name: string, place: string, state: string }), 0, 64),
  leftOmitted: u32, notLookedAt: many(told, 0, 64),
});
const action = oneOf("TenantRegistered", "TenantChanged", "TenantDeleted", "PolicyChanged", "WorkspaceOrdered",
  "WorkspaceChanged", "WorkspacePlaced", "DeletionRequested", "DeletionDropped", "WorkspaceDeleted", "ReleaseChanged",
  "Intervention", "Paused", "Resumed");
const statementShape = fields({
  _type: string, predicateType: string, predicate: isObject, subject: many(fields({ name: string, digest }), 1, 1),
});

/** A rule and its result, and of LOC-04 when a probe tried it; the first version told where the rule comes from. */
const rule = fields({ id: string, result }, { probedAt: moment });
const firstRule = fields({ id: string, source: string, result: oneOf(...FIRST_RESULTS) });

const location = (rule, told, limit) => fields({
  verifier: fields({ id: string, version: string }), timeVerified: moment, resourceUri: string, workspace,
  policy: fields({ uri: string, digest }), verificationResult: oneOf("Located", "NotLocated", "Unknown"),
  sites: many(site), rules: many(rule), findings: many(finding(told)), findingsOmitted: u32, notProven: many(limit),
});

/** What each kind of statement claims: its type, and its shape; the version before, which is only read. */
export const PREDICATES = {
  location: ["https://beffroi.fr/attestations/data-location/v2", location(rule, said, limit)],
  audit: ["https://beffroi.fr/attestations/audit/v1", fields({
    time: moment, action, tenant: string, tenantUid: string, workspace: nullable(workspace), site: nullable(string),
    object: string, actor: nullable(string), note: told,
  }, { remains, siren: string })],
  rotation: ["https://beffroi.fr/attestations/key-rotation/v1", fields({ time: moment, successor: string })],
};
/** What enumerations hold, for whoever compares them with core's schemas. */
export const WORDS = { Limit: limit.words, Action: action.words, RuleVerdict: result.words };
const FIRST = ["https://beffroi.fr/attestations/data-location/v1", location(firstRule, string, oneOf(...FIRST_LIMITS))];

const headerShape = fields({
  mediaType: string, tenants: many(string), workspace: nullable(string), workspaceName: nullable(string),
  from: nullable(moment), until: nullable(moment), checkpoint: string, indexes: many(place),
});

// --- Reading --------------------------------------------------------------------------------------------------

/** A bundle; nothing of it is checked yet but that it is one, in its one text. */
export function parseBundle(bytes) {
  need(bytes.length <= LONGEST, "le fichier est trop long pour être une preuve");
  const bundle = parseJson(bytes, "\n", CHANGED);
  need(bundleShape(bundle), UNREADABLE);
  need(bundle.mediaType === MEDIA_TYPE, `le fichier n’est pas du type ${MEDIA_TYPE}`);
  return bundle;
}

/** The first line of a period. */
export function parseHeader(bytes) {
  const header = parseJson(bytes, "\n", CHANGED);
  need(headerShape(header), UNREADABLE);
  return header;
}

/** The kind of a statement, whether it is of the first version, its subject and what it claims. */
export function parseStatement(payload) {
  const text = parseJson(payload, "", "la déclaration n’est pas dans son texte unique");
  need(statementShape(text), UNREADABLE);
  need(text._type === STATEMENT, "la déclaration n’est pas du type in-toto v1");
  const first = text.predicateType === FIRST[0];
  const [kind, [, shape]] = [...Object.entries(PREDICATES), ["location", FIRST]].find(([, [type]]) => type === text.predicateType)
    ?? refuse("la déclaration est d’un type que cette page ne connaît pas");
  need(shape(text.predicate), "ce que dit la déclaration n’a pas la forme attendue");
  return { kind, first, subject: text.subject[0], predicate: text.predicate };
}
