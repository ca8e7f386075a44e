// Verification of a piece of evidence in this browser: nothing leaves it.

import { answer, bytes, path, session } from "../api.js";
import { english, facts, h, list, table, time } from "../dom.js";
import { RULES } from "../messages.js";
import { french } from "../sentences.js";
import { turns } from "../timing.js";
import { KINDS, Refused, periodLines, verify, verifyPeriod } from "../verify.js";
import { ACTIONS, LIMITS, count, country, verdict, word } from "../words.js";

const DAY = 86_400_000;

export async function checkView({ query }) {
  const [workspace, index, entry, uid] = ["espace", "preuve", "entree", "uid"].map((name) => query.get(name));
  const given = !session.token ? null
    : workspace && index ? { name: `preuve n° ${index} de ${workspace}`, address: path`/v1/workspaces/${workspace}/evidence/${index}` + (uid ? path`?uid=${uid}` : "") }
    : entry ? { name: `entrée n° ${entry} du journal`, address: path`/v1/log/${entry}` } : null;
  const file = h("input", { type: "file", id: "preuve", accept: ".json,.jsonl,application/json", "aria-describedby": "preuve-aide" });
  const keys = h("input", { type: "file", id: "cles", accept: ".pub,.pem,.txt,text/plain", "aria-describedby": "cles-aide" });
  const from = (value, text, checked) => h("label", {}, h("input", { type: "radio", name: "origine", value, checked, onchange: choose }), text);
  const origins = h("fieldset", {}, h("legend", {}, "D’où viennent les clés publiques ?"),
    from("file", "D’un fichier que quelqu’un de confiance m’a remis (conseillé)", true),
    from("served", "De cette page : contrôle de cohérence seulement, puisque clés et preuve viennent du même hébergeur"));
  const kinds = h("select", { id: "attendu" },
    Object.entries(KINDS).map(([kind, name]) => h("option", { value: kind, selected: kind === (entry && !index ? "audit" : "location") }, name)),
    h("option", { value: "" }, "n’importe quelle déclaration"));
  const keysField = h("div", {}, h("label", { for: "cles" }, "Fichier de clés publiques"), keys,
    h("small", { id: "cles-aide" }, "beffroi.pub, remis hors de cette page, par exemple avec le contrat."));
  function choose() { keysField.hidden = chosen() === "served"; }
  const chosen = () => origins.querySelector("input:checked").value;
  const result = h("div", { id: "resultat", tabindex: "-1", class: "result" });
  const submit = h("button", { type: "submit" }, "Vérifier");
  const turn = turns();
  /** What was said is of the files as they were. */
  const begin = () => {
    result.replaceChildren();
    submit.disabled = false;
    submit.removeAttribute("aria-busy");
    return turn.begin();
  };
  const onsubmit = async (event) => {
    event.preventDefault();
    const last = begin();
    submit.disabled = true;
    submit.setAttribute("aria-busy", "true");
    const served = chosen() === "served";
    const what = file.files[0]?.name ?? given?.name;
    let said;
    try {
      const bundle = given && !file.files.length ? await bytes(given.address) : await contents(file, "preuve");
      const trusted = served ? await (await answer("/v1/evidence-keys")).text() : new TextDecoder().decode(await contents(keys, "clés publiques"));
      const expected = { kind: kinds.value, ...(given && workspace && !file.files.length && { workspace: named(workspace) }) };
      said = periodLines(bundle) ? period(await verifyPeriod(bundle, trusted, expected), served) : report(await verify(bundle, trusted, expected), served);
    } catch (error) {
      said = error instanceof Refused ? refusal(error) : [h("p", { class: "error" }, error.message)];
    }
    if (!last()) return;
    begin();
    result.replaceChildren(...said);
    // Which one it speaks of, below its verdict.
    if (what) said[0].after(h("p", {}, "À propos de : ", h("strong", {}, what)));
    result.focus();
  };
  const body = h("div", {},
    h("h1", {}, "Vérifier une preuve"),
    h("p", {}, "La vérification se fait dans votre navigateur : aucun fichier n’est envoyé."),
    h("form", { onsubmit, onchange: begin },
      given && h("p", { class: "notice" }, `À vérifier : ${given.name}. Choisissez un fichier pour en vérifier une autre.`),
      h("label", { for: "preuve" }, "Fichier de la preuve"), file, h("small", { id: "preuve-aide" }, "Un fichier .json, ou .jsonl pour une période, tel qu’il a été téléchargé : un seul octet changé le fait refuser."),
      h("label", { for: "attendu" }, "Ce qu’elle doit être"), kinds,
      origins, keysField, submit),
    result);
  return { title: "Vérifier une preuve", body };
}

/** TENANT.WORKSPACE as evidence names it. */
const named = (id) => `tenant-${id.replace(".", "/")}`;

async function contents(input, what) {
  const [file] = input.files;
  if (!file) {
    input.focus();
    throw new Error(`Choisissez le fichier : ${what}.`);
  }
  return new Uint8Array(await file.arrayBuffer());
}

const steps = (passed) => list(passed.map((step) => [h("span", { class: "badge good" }, h("span", { "aria-hidden": "true" }, "✓"), " Tenu"), ` ${step}`]), { class: "plain" });

const refusal = (error) => [
  h("h2", {}, h("span", { class: "badge bad" }, h("span", { "aria-hidden": "true" }, "✕"), " Refusée"), " Cette preuve ne prouve rien"),
  h("p", {}, `La preuve ne tient pas : ${error.message}.`),
  error.passed.length > 0 && h("h3", {}, "Ce qui tenait jusque-là"), error.passed.length > 0 && steps(error.passed),
].filter(Boolean);

function report(verified, served) {
  const { kind, first, predicate, policy, log, index, key, early } = verified;
  const made = predicate.timeVerified ?? predicate.time;
  const old = Date.now() - Date.parse(made) > 26 * 3_600_000;
  const limits = [
    kind === "location" && !first && "le verdict lui-même n’a pas été recalculé ici à partir de l’observation : la commande « beffroi verify » le fait",
    first && "ni le verdict ni les règles : une preuve de la première version ne contient qu’un extrait de la politique, que rien ne lie à son empreinte, et y dit tenues des règles sans objet",
    policy && "que ces règles soient les vôtres : « beffroi verify --policy » les compare à votre exemplaire de la politique",
    ...(predicate.notProven ?? []).map((code) => word(LIMITS, code)),
    "que cette preuve soit la dernière : une ancienne reste authentique",
    "que le même journal soit montré à tous : comparez son état avec celui que d’autres ont vu",
    served && "que ces clés soient les bonnes : elles viennent d’ici, comme la preuve",
  ].filter(Boolean);
  return [
    h("h2", {}, h("span", { class: "badge good" }, h("span", { "aria-hidden": "true" }, "✓"), served ? " Cohérente" : " Authentique"), " Cette preuve tient"),
    early && h("p", { class: "warning" }, "Elle est datée d’un moment à venir : l’horloge de cet appareil retarde, ou celle de l’hébergeur avance."),
    old && h("p", { class: "warning" }, `Elle a ${count(Math.floor((Date.now() - Date.parse(made)) / DAY), "jour")} ou plus : demandez la plus récente pour savoir ce qu’il en est aujourd’hui.`),
    h("h3", {}, "Ce qu’elle dit"), ...claims[kind](predicate).filter(Boolean),
    policy && h("h3", {}, "Les règles qui ont compté"), policy && rules(policy),
    h("h3", {}, "Ce qui a été vérifié"), steps(verified.passed),
    facts([["Journal", `${log.origin}, entrée ${index} sur ${log.size}`], ["Signée par la clé", h("code", {}, key)]]),
    h("h3", {}, "Ce qui n’est pas prouvé"), list(limits),
  ].filter(Boolean);
}

/** What the file of a period says. */
function period({ header, entries }, served) {
  const places = entries.filter(({ kind }) => kind === "location");
  const elsewhere = places.filter(({ predicate }) => predicate.verificationResult !== "Located");
  return [
    h("h2", {}, h("span", { class: "badge good" }, h("span", { "aria-hidden": "true" }, "✓"), served ? " Cohérente" : " Authentique"), " Cette période tient"),
    places.length === 0 && h("p", { class: "warning" }, "Elle ne contient aucune preuve du lieu des données : elle n’en prouve rien."),
    elsewhere.length > 0 && h("p", { class: "warning" }, `Preuves d’un lieu non admis ou indéterminé : ${elsewhere.length} sur ${places.length}.`),
    facts([
      ["Du", header.from ? time(header.from) : "début du journal"], ["Au", header.until ? time(header.until) : "moment du téléchargement"],
      ["Entrées", `${entries.length}, dont ${count(places.length, "preuve")} du lieu des données`],
    ]),
    table("Entrées de la période, dans l’ordre du journal", ["Entrée", "Date", "Espace", "Ce qu’elle dit"], entries.map(({ index, kind, predicate: p }) => [
      `n° ${index}`, time(p.timeVerified ?? p.time), p.workspace?.name ?? null,
      kind === "location" ? verdict(p.verificationResult) : kind === "audit" ? word(ACTIONS, p.action) : "Changement de clés",
    ])),
    h("h3", {}, "Ce qui n’est pas prouvé"), list([
      "les verdicts eux-mêmes n’ont pas été recalculés ici à partir des observations : la commande « beffroi verify » le fait",
      "que rien n’ait été omis de la période : seul le journal entier le montre (« beffroi log --verify »)",
      served && "que ces clés soient les bonnes : elles viennent d’ici, comme le fichier",
    ].filter(Boolean)),
  ].filter(Boolean);
}

/** What of a policy the verdict was drawn by. */
function rules({ name, spec }) {
  const listed = (items, none) => (items?.length ? items.join(", ") : none);
  const { place = {} } = spec;
  return facts([
    ["Politique", name], ["Pays", (place.countries ?? []).map(country).join(", ")],
    ["Subdivisions", listed(place.subdivisions, "toutes celles de ces pays")], ["Subdivisions exclues", listed(place.excludedSubdivisions, "aucune")],
    ["Registres", listed(spec.registries, "tous ceux que le site déclare")],
    ["Images", spec.images?.byDigest ? "par empreinte" : "par étiquette aussi"],
    ["Chiffrement des volumes", spec.encryption?.atRest ? "exigé" : "non exigé"],
    ["Sauvegardes", `${spec.backup?.required ? "exigées" : "non exigées"}${spec.backup?.elsewhere ? ", dans une autre subdivision" : ""}`],
    ["Âge d’une observation", `${count(spec.observationMaxAgeSeconds, "seconde")} au plus`],
  ]);
}

/** A message in one line: its code, and its arguments by name. */
function line(value) {
  if (Array.isArray(value)) return value.map(line).join(", ");
  if (value === null || typeof value !== "object") return String(value);
  const args = Object.entries(value.args ?? (value.code ? {} : value)).map(([name, one]) => `${name} = ${line(one)}`).join(" ; ");
  return [value.code, args && `(${args})`].filter(Boolean).join(" ");
}

/** What a statement says: a message, or in the first version an English sentence. */
const said = (told) => (typeof told === "string" ? english(told)
  : french(told) ?? ["message inconnu de cette version de la page : ", h("code", {}, line(told))]);

const claims = {
  location: (p) => [
    facts([
      ["Verdict", verdict(p.verificationResult)], ["Espace", `${p.workspace.namespace}/${p.workspace.name} (${p.workspace.uid})`],
      ["Organisation", p.workspace.tenant], ["Établie le", time(p.timeVerified)], ["Règles", p.policy.uri],
    ]),
    table("Où", ["Site", "Lieu", "Hébergeur", "Vu", "Vu le"], p.sites.map((s) =>
      [s.name, `${s.city}, ${s.subdivision}, ${country(s.country)}`, s.provider, `${count(s.pods, "pod")}, ${count(s.volumes, "volume")}`, time(s.observedAt)])),
    table("Règles jugées", ["Règle", "Verdict", "Ce qu’elle demande", "Source"], p.rules.map(({ id, result, source, probedAt }) => {
      const [text, from] = Object.hasOwn(RULES, id) ? RULES[id] : ["règle inconnue de cette version de la page", english(source)];
      const known = id === "LOC-04" && (probedAt ? [", observé par une sonde le ", time(probedAt)] : ", déclaré");
      return [id, [verdict(result), known], text, from];
    })),
    p.findings.length > 0 && table("Constats", ["Règle", "Site", "Objet", "Vu", "Attendu", "Depuis"], p.findings.map((f) =>
      [f.rule, f.site, f.object, said(f.observed), said(f.expected), time(f.since)])),
    p.findingsOmitted > 0 && h("p", { class: "warning" }, `Constats non listés ici : ${p.findingsOmitted}, dans l’observation jointe.`),
  ],
  audit: (p) => [facts([
    ["Fait", word(ACTIONS, p.action)], ["Le", time(p.time)], ["Organisation", p.tenant], ["Espace", p.workspace?.name],
    ["Site", p.site], ["Objet", p.object], ["Par", p.actor ?? "non consigné"], ["Note", said(p.note)],
  ])],
  rotation: (p) => [facts([["Fait", "Changement de clés"], ["Le", time(p.time)]])],
};
