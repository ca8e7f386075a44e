// The audit log: what happened to a tenant, each entry with its proof.

import { pages, path } from "../api.js";
import { button, h, table, time } from "../dom.js";
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
  const asked = new URLSearchParams(Object.entries({ tenant, workspace: id }).filter(([, value]) => value));
  if (shown.of !== String(asked)) shown = { of: String(asked), pages: 1 };
  const { items, next } = await pages(`/v1/log?${asked}`, shown.pages);
  const row = (entry) => [
    `n° ${entry.index}`, time(entry.time), word(ACTIONS, entry.action), entry.actor ?? "non consigné",
    [me.hoster && `${entry.tenant} : `, named(entry.object), entry.site && `, site ${entry.site}`], entry.note || null,
    h("div", { class: "row" },
      button("Télécharger", () => save(path`/v1/log/${entry.index}`, `journal-${entry.index}.json`, context),
        { class: "secondary", id: `telecharger-${entry.index}`, "aria-label": `Télécharger la preuve de l’entrée n° ${entry.index}` }),
      h("a", { id: `verifier-${entry.index}`, href: path`#/verifier?entree=${entry.index}`, "aria-label": `Vérifier l’entrée n° ${entry.index}` }, "Vérifier")),
  ];
  const body = h("div", {},
    h("h1", {}, "Journal"),
    h("p", {}, "Ce qui est arrivé à votre organisation et à ses espaces, dans un journal signé où rien ne s’efface."),
    filter(tenants, tenant, workspace, me.hoster),
    items.length === 0 ? h("p", {}, "Aucune entrée.")
      : table("Entrées, la plus récente d’abord", ["Entrée", "Date", "Fait", "Par", "Objet", "Note", "Preuve"], items.map(row)),
    next && more(() => { shown.pages += 1; return context.refresh(); }));
  // Rules that change and what is put right in a site are in the log, and no event tells of them.
  const concerns = ({ name }) => /^(workspace|tenant)\.|^reset$/.test(name);
  return { title: "Journal", body, summary: count(items.length, "entrée"), concerns, partly: true };
}

function filter(tenants, tenant, workspace, everyone) {
  const select = h("select", { id: "organisation" }, everyone && h("option", { value: "" }, "Toutes"),
    tenants.map(({ name, title }) => h("option", { value: name, selected: name === tenant }, title)));
  const input = h("input", { id: "espace", type: "search", value: workspace, autocapitalize: "none" });
  const onsubmit = (event) => {
    event.preventDefault();
    location.hash = path`#/journal?organisation=${select.value}&espace=${input.value.trim()}`;
  };
  return h("search", {}, h("form", { onsubmit, class: "filter" },
    h("label", { for: "organisation" }, "Organisation"), select,
    h("label", { for: "espace" }, "Espace"), input,
    h("button", { type: "submit", class: "secondary" }, "Filtrer")));
}
