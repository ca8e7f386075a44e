// The audit log: what happened to a tenant, each entry with its proof.

import { bytes, pages, path } from "../api.js";
import { button, download, h, table, time } from "../dom.js";
import { PERIOD, between, dates } from "../period.js";
import { ACTIONS, count, word } from "../words.js";
import { save } from "./evidence.js";
import { more, tenantsOf } from "./parts.js";

let shown = { of: "", pages: 1 };

/** What an entry speaks of, as the page names it; objects of a site keep their own names. */
const named = (object) => object?.replace(/^Workspace [^/]+\//, "Espace ").replace(/^Tenant /, "Organisation ").replace(/^SovereigntyPolicy /, "Règles ");

export async function logView(context) {
  const { me, query } = context;
  const tenants = (await tenantsOf(me)).filter(({ name }) => context.may("log", name));
  const tenant = query.get("organisation") ?? (me.hoster ? "" : tenants[0]?.name ?? "");
  const workspace = query.get("espace") ?? "";
  // The API names a workspace TENANT.WORKSPACE; people name it by what follows the dot.
  const id = workspace && tenant && !workspace.includes(".") ? `${tenant}.${workspace}` : workspace;
  const [uid, du, au] = ["uid", "du", "au"].map((name) => query.get(name) ?? "");
  const wanted = (of) => new URLSearchParams(Object.entries(of).filter(([, value]) => value));
  const asked = wanted({ tenant, workspace: id, uid, ...between(du, au) });
  if (shown.of !== String(asked)) shown = { of: String(asked), pages: 1 };
  const [{ items, next }, gone] = await Promise.all([
    pages(`/v1/log?${asked}`, shown.pages),
    // The log stands without them.
    tenant ? pages(`/v1/past-workspaces?${wanted({ tenant })}`, 1, 200).catch(() => ({ items: [], unread: true })) : { items: [] },
  ]);
  const row = (entry) => [
    `n° ${entry.index}`, [time(entry.time), entry.runsBackwards && " (datée d’avant une entrée qui la précède)"].filter(Boolean), word(ACTIONS, entry.action), entry.actor ?? "non consigné",
    [me.hoster && `${entry.tenant} : `, named(entry.object), entry.site && `, site ${entry.site}`], entry.note || null,
    h("div", { class: "row" },
      button("Télécharger", () => save(path`/v1/log/${entry.index}`, `journal-${entry.index}.json`, context),
        { class: "secondary", id: `telecharger-${entry.index}`, "aria-label": `Télécharger la preuve de l’entrée n° ${entry.index}` }),
      h("a", { id: `verifier-${entry.index}`, href: path`#/verifier?entree=${entry.index}`, "aria-label": `Vérifier l’entrée n° ${entry.index}` }, "Vérifier")),
  ];
  const body = h("div", {},
    h("h1", {}, "Journal"),
    h("p", {}, "Ce qui est arrivé à votre organisation et à ses espaces, dans un journal signé où rien ne s’efface."),
    filter(tenants, tenant, workspace, me.hoster, [du, au]),
    tenant && h("p", {},
      button("Télécharger la période", () => take(asked, id || tenant, [du, au], context), { id: "telecharger-periode" }),
      " Toutes les entrées et toutes les preuves de la période, y compris des espaces supprimés, dans un seul fichier que ",
      h("code", {}, "beffroi verify"), " et la page ", h("a", { href: "#/verifier" }, "Vérifier une preuve"), " vérifient d’un coup."),
    items.length === 0 ? h("p", {}, "Aucune entrée.")
      : table("Entrées, la plus récente d’abord", ["Entrée", "Date", "Fait", "Par", "Objet", "Note", "Preuve"], items.map(row)),
    next && more(() => { shown.pages += 1; return context.refresh(); }),
    gone.unread && h("p", { class: "notice" }, "Les espaces supprimés n’ont pas pu être lus."),
    gone.items.length > 0 && h("section", {}, h("h2", {}, "Espaces supprimés"),
      h("p", {}, "Leur journal et leurs preuves restent lisibles par le DPO aussi longtemps que le journal est gardé."),
      table("Espaces supprimés, le dernier d’abord", ["Espace", "Supprimé le", "Identifiant", "Ce qu’il en reste"], gone.items.map((one) => [
        one.name, time(one.deletedAt), h("code", {}, one.uid),
        h("div", { class: "row" },
          h("a", { id: `preuves-${one.uid}`, href: path`#/espaces/${one.id}/preuves?uid=${one.uid}`, "aria-label": `Preuves de l’espace supprimé ${one.name}` }, "Preuves"),
          h("a", { id: `journal-${one.uid}`, href: path`#/journal?organisation=${tenant}&espace=${one.id}&uid=${one.uid}`, "aria-label": `Journal de l’espace supprimé ${one.name}` }, "Journal")),
      ]))));
  // Rules that change and what is put right in a site are in the log, and no event tells of them.
  const concerns = ({ name }) => /^(workspace|tenant)\.|^reset$/.test(name);
  return { title: "Journal", body, summary: count(items.length, "entrée"), concerns, partly: true };
}

/** Downloads all that the log holds of a period. */
async function take(asked, name, [du, au], context) {
  const file = `${[name, du, au].filter(Boolean).join("-")}.jsonl`;
  try {
    download(await bytes(`/v1/evidence?${asked}`), file, PERIOD);
    context.say(`${file} est téléchargé.`);
  } catch (problem) {
    context.say(problem.message, true);
  }
}

function filter(tenants, tenant, workspace, everyone, [du, au]) {
  const select = h("select", { id: "organisation" }, everyone && h("option", { value: "" }, "Toutes"),
    tenants.map(({ name, title }) => h("option", { value: name, selected: name === tenant }, title)));
  const input = h("input", { id: "espace", type: "search", value: workspace, autocapitalize: "none" });
  const [from, to] = dates(du, au);
  const onsubmit = (event) => {
    event.preventDefault();
    location.hash = path`#/journal?organisation=${select.value}&espace=${input.value.trim()}&du=${from.value}&au=${to.value}`;
  };
  return h("search", {}, h("form", { onsubmit, class: "filter" },
    h("label", { for: "organisation" }, "Organisation"), select,
    h("label", { for: "espace" }, "Espace"), input,
    h("label", { for: "du" }, "Du"), from, h("label", { for: "au" }, "Au"), to,
    h("button", { type: "submit", class: "secondary" }, "Filtrer")));
}
