// One workspace: where its data lies, what runs, what is asked, what one may do.

import { get, path, send } from "../api.js";
import { ask, button, day, facts, h, table, time, typeset } from "../dom.js";
import { CONDITIONS, DATA, UPDATES, choice, count, holds, hours, sentence, stage, state, stateWord, verdict, word, words } from "../words.js";
import { awaited, whereView } from "./parts.js";

/** Name, state and the ways to the other views of a workspace. */
export function heading(workspace, here, context) {
  const views = [["", "Vue d’ensemble"], ["/explication", "Explication"]];
  if (context.may("evidence", workspace.tenant)) views.push(["/preuves", "Preuves"]);
  if (context.may("order", workspace.tenant) && workspace.state !== "Deleting") views.push(["/modifier", "Modifier"]);
  const base = path`#/espaces/${workspace.id}`;
  return [
    h("p", { class: "crumb" }, h("a", { href: "#/" }, "Espaces de travail"), " / ", workspace.tenant),
    h("div", { class: "title" }, h("h1", {}, workspace.name, h("small", {}, ` ${word(Object.fromEntries(views), here)}`)), state(workspace.state)),
    h("nav", { "aria-label": `Vues de l’espace ${workspace.name}`, class: "tabs" }, h("ul", {}, views.map(([end, name]) =>
      h("li", {}, h("a", { href: base + end, "aria-current": end === here && "page" }, name))))),
  ];
}

/** Whether an event speaks of this workspace. */
export const about = (id) => ({ name, data }) =>
  name === "reset" || name.startsWith("site.") || (name.startsWith("workspace.") && data.id === id);

export async function detailView(context, id) {
  const address = path`/v1/workspaces/${id}`;
  const [workspace, location] = await Promise.all([get(address), get(`${address}/location`)]);
  const body = h("div", {},
    heading(workspace, "", context),
    farewell(workspace),
    requested(workspace, context),
    !["Ready", "Leaving"].includes(workspace.state) && workspace.message && workspace.message !== location.message && h("p", {}, sentence(workspace.message)),
    compliance(workspace),
    await lieu(workspace, location),
    h("section", {}, h("h2", {}, "Applications"),
      table("Applications de l’espace", ["Application", "Demandé", "Version tenue", "Empreinte"],
        workspace.apps.map((app) => [app.name, choice(app), app.held && heldVersion(app.held), app.held && digest(app)])),
      awaited(workspace.pending)),
    workspace.endings?.length > 0 && h("section", {}, h("h2", {}, "Échéances"), table("Ce qui a pris fin ou prend fin sous 90 jours",
      ["Échéance", "Ce qui prend fin", "Quand"], workspace.endings.map((one) =>
        [[day(one.lastDay), one.required && " (exigé par vos règles)"], sentence(one.message), stage(one.stage)]))),
    h("section", {}, h("h2", {}, "Réglages"), facts(settings(workspace))),
    h("section", {}, h("h2", {}, "Conditions"),
      table("Ce que le pilotage constate", ["Condition", "Tenue", "Ce qui en est dit", "Depuis"],
        workspace.conditions.map((one) => [word(CONDITIONS, one.type), holds(one.status), one.message || null, time(one.since)]))),
    ["order", "confirmDeletion"].some((what) => context.may(what, workspace.tenant)) && workspace.state !== "Deleting" && actions(workspace, context));
  const summary = `${stateWord(workspace.state)}. ${workspace.deletionRequest ? "Une demande de suppression attend la confirmation d’une autre personne. " : ""}${workspace.sites.map((site) => site.city).join(", ")}`;
  return { title: workspace.name, body, summary, concerns: about(id) };
}

/** What is to be said of a workspace that goes. */
function farewell({ state: now, deleteAfter }) {
  if (now === "Deleting") return h("p", { class: "warning" }, "Sa suppression est en cours : les données sont effacées de chaque site, et l’espace ne peut plus être restauré. Un site qui ne répond pas la retarde.");
  if (!deleteAfter) return null;
  if (Date.parse(deleteAfter) <= Date.now()) return h("p", { class: "warning" }, "Son délai est passé depuis le ", time(deleteAfter),
    " : sa suppression commence d’un moment à l’autre. Restaurez-le tout de suite pour le garder.");
  return h("p", { class: "warning" }, "Sa suppression est prévue le ", time(deleteAfter),
    ". Les applications sont arrêtées, les données restent jusque-là, et l’espace peut encore être restauré.");
}

/** Whether all that the policy requires holds, and whether it is backed up: apps may run though neither is so. */
function compliance({ conditions, compliant, backedUp }) {
  const said = (type) => conditions.find((one) => one.type === type)?.message;
  const line = (name, status, type) => h("p", { class: "verdict" }, `${name} : `, holds(status), said(type) && ` ${sentence(said(type))}`);
  return h("section", { id: "conformite" }, h("h2", {}, "Conformité"),
    line("Conforme à la politique", compliant, "Compliant"), line("Sauvegardé", backedUp, "BackedUp"));
}

/** After how long a deletion that was asked for would come. */
const soon = (days) => (days === 0 ? "tout de suite, sans délai" : `dans un délai de ${count(days, "jour")}`);

/** Whether one asked for it oneself: another account of the same name is taken for the same person. */
const mine = ({ subject }, { me }) => subject === me.subject;

/** What is to be said of a deletion that one person asked for and another may confirm. */
function requested({ tenant, deletionRequest: asked }, context) {
  if (!asked) return null;
  const own = mine(asked, context);
  const another = !own && context.may("confirmDeletion", tenant);
  return h("p", { class: "warning", id: "demande" },
    own ? "Vous avez demandé le " : [asked.name ?? asked.subject, " a demandé le "], time(asked.at),
    ` que cet espace soit supprimé avec toutes ses données, ${soon(asked.graceDays)}. `,
    own ? "La demande attend la confirmation d’une autre personne, un autre gestionnaire ou l’hébergeur. "
      : another ? "Vous pouvez confirmer cette demande. " : "La demande attend la confirmation d’une autre personne. ",
    "Rien n’est arrêté ni effacé d’ici là. Sans confirmation, la demande tombe le ", time(asked.until),
    ", ou dès que la commande change.");
}

/** Whether somebody tried what its pods reach. */
const flows = ({ known, at }) => (known === "Observed" ? ["observés par une sonde", at && [" le ", time(at)]] : "déclarés, aucune sonde récente ne les a essayés");

async function lieu(workspace, location) {
  const accused = new Set(location.findings.map((finding) => finding.site));
  const { findings, findingsOmitted: omitted } = location;
  const sites = location.sites.map((site) => ({ ...site, kind: accused.has(site.name) ? "contradicted" : "lies", gone: !site.country }));
  return h("section", {},
    h("h2", {}, "Où se trouvent les données"),
    h("p", { class: "verdict" }, verdict(location.verdict), location.since && [" depuis le ", time(location.since)]),
    location.message && h("p", {}, sentence(location.message)),
    h("p", { id: "flux" }, "Flux réseau (LOC-04) : ", flows(location.flows), "."),
    sites.length > 0 ? await whereView(sites, "Sites où se trouvent les données") : h("p", {}, "Aucun site pour l’instant."),
    findings.length > 0 && [
      h("h3", {}, `Ce qui le contredit (${findings.length + omitted})`),
      table("Constats", ["Règle", "Site", "Objet", "Vu", "Attendu", "Depuis"], findings.map((f) =>
        [f.rule, f.site, f.object, f.observed, f.expected, time(f.since)])),
      omitted > 0 && h("p", { class: "warning" }, `Constats non listés ici : ${omitted}, dans l’observation que porte la dernière preuve.`),
    ]);
}

/** A digest: its beginning tells one from another, the whole is what one compares. */
/** The version that is held, and where something else runs. */
function heldVersion({ version, withdrawn, supportedUntil, running = [] }) {
  const gone = withdrawn && `retirée du catalogue${supportedUntil ? `, maintenue jusqu’au ${supportedUntil}` : ""}`;
  const elsewhere = running.map((one) =>
    `${one.site} : ${one.version ? `tourne en ${one.version}` : "rien n’est installé en entier"}${one.failed ? `, échec de la ${one.failed}` : ""}`);
  const notes = [gone, ...elsewhere].filter(Boolean);
  return notes.length ? `${version} (${notes.join(" ; ")})` : version;
}

const digest = ({ name, held }) => h("details", { id: `empreinte-${name}`, class: "digest" },
  h("summary", { id: `empreinte-debut-${name}` }, h("code", {}, `${held.digest.replace("sha256:", "").slice(0, 12)}…`)),
  h("code", {}, held.digest));

function settings({ data, domain, maintenanceWindow, updates, backup, placement, createdAt }) {
  const asked = placement && [
    placement.sites && count(placement.sites, "site"),
    placement.minCities && `au moins ${count(placement.minCities, "ville")}`,
    placement.minDistanceKm && `à ${placement.minDistanceKm} km l’un de l’autre au moins`,
    placement.preferredSites?.length > 0 && `de préférence ${placement.preferredSites.join(", ")}`,
  ].filter(Boolean).join(", ");
  return [
    ["Données", words(DATA, data)], ["Domaine", domain], ["Placement demandé", asked],
    ["Fenêtre de maintenance", hours(maintenanceWindow)], ["Mises à jour", word(UPDATES, updates)],
    ["Sauvegarde", backup && `toutes les ${backup.everyHours} h, gardées ${count(backup.keepDays, "jour")}`],
    ["Commandé le", createdAt && time(createdAt)],
  ];
}

/** Where something that one asked for is under way. */
const acting = new Set();

function actions(workspace, context) {
  const address = path`/v1/workspaces/${workspace.id}`;
  // What one asks for here holds whatever the state is meanwhile: no version is named. Asked twice at once, it is one.
  const act = async (method, to, done, said = null) => {
    if (acting.has(address)) return undefined;
    acting.add(address);
    try {
      await send(method, to, said);
      await context.refresh(done);
    } catch (problem) {
      if (problem.status !== 409) return context.say(problem.message, true);
      await context.refresh(problem.message, true);
    } finally {
      acting.delete(address);
    }
    return undefined;
  };
  const leave = async () => {
    const days = h("input", { type: "number", id: "delai", min: 0, max: 90, placeholder: "30", "aria-describedby": "delai-aide delai-seul" });
    const alone = h("small", { id: "delai-seul" });
    // An order that lies nowhere holds nothing: it goes when one wants.
    const tell = (below) => { alone.textContent = typeset(`${below}, une autre personne doit confirmer la demande : un autre gestionnaire ou l’hébergeur.`); };
    if (workspace.sites.length > 0) {
      tell("En dessous du délai que fixe la politique");
      send("POST", "/v1/preview", { workspace: workspace.id })
        .then(({ data }) => tell(`En dessous de ${count(data.minGraceDays, "jour")}`)).catch(() => {});
    }
    const body = [
      h("p", {}, "Les applications s’arrêtent tout de suite. Les données restent pendant le délai, et l’espace peut être restauré ; ensuite elles sont effacées de chaque site, sans retour."),
      h("label", { for: "delai" }, "Délai avant effacement, en jours"), days,
      h("small", { id: "delai-aide" }, "De 0 (sans retour possible) à 90. Vide : le délai que votre hébergeur a fixé, 30 jours s’il n’en dit rien."),
      alone,
    ];
    const answer = await ask({ title: `Supprimer l’espace ${workspace.name} ?`, body, confirm: "Supprimer l’espace", danger: true, read: () => days.value });
    if (answer !== undefined) await act("DELETE", answer === "" ? address : `${address}?graceDays=${encodeURIComponent(answer)}`, "Suppression demandée.");
  };
  const asked = workspace.deletionRequest;
  const confirm = async () => {
    const body = [
      h("p", {}, asked.name ?? asked.subject, " a demandé que cet espace soit supprimé avec toutes ses données, ", soon(asked.graceDays), "."),
      h("p", {}, asked.graceDays === 0
        ? "Si vous confirmez, les données sont effacées de chaque site tout de suite, sans retour possible."
        : "Si vous confirmez, les applications s’arrêtent, et le délai commence ; l’espace peut être restauré jusqu’à sa fin."),
      h("p", {}, "Votre nom et le sien sont inscrits au journal."),
    ];
    if (await ask({ title: `Confirmer la suppression de l’espace ${workspace.name} ?`, body, confirm: "Confirmer la suppression", danger: true }))
      await act("POST", `${address}/confirm-deletion`, "La suppression est confirmée.", { request: asked.id });
  };
  const suspend = async () => {
    const body = h("p", {}, "Les applications s’arrêtent, les agents n’y ont plus accès ; les données restent où elles sont.");
    if (await ask({ title: `Suspendre l’espace ${workspace.name} ?`, body, confirm: "Suspendre" }))
      await act("POST", `${address}/suspend`, "L’espace est suspendu.");
  };
  const gone = Boolean(workspace.deleteAfter);
  const confirmable = asked && !mine(asked, context) && context.may("confirmDeletion", workspace.tenant);
  const confirming = confirmable && button("Confirmer la suppression…", confirm, { id: "confirmer", class: "danger" });
  if (!context.may("order", workspace.tenant))
    return confirming && h("section", { class: "actions" }, h("h2", {}, "Actions"), h("div", { class: "row" }, confirming));
  return h("section", { class: "actions" }, h("h2", {}, "Actions"), h("div", { class: "row" },
    confirming,
    asked && !gone && button("Retirer la demande de suppression", () => act("POST", `${address}/restore`, "La demande de suppression est retirée."), { id: "retirer", class: "secondary" }),
    gone && button("Restaurer l’espace", () => act("POST", `${address}/restore`, "L’espace est restauré."), { id: "restaurer" }),
    !gone && !workspace.suspended && button("Suspendre…", suspend, { id: "suspendre", class: "secondary" }),
    !gone && workspace.suspended && button("Reprendre", () => act("POST", `${address}/resume`, "L’espace reprend."), { id: "reprendre" }),
    !gone && button("Supprimer…", leave, { id: "supprimer", class: "danger" })));
}
