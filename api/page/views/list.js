// The workspaces that one may see.

import { pages, path } from "../api.js";
import { h, list, table } from "../dom.js";
import { choice, count, holds, located, state, stateWord } from "../words.js";
import { more, tenantsOf } from "./parts.js";

let shown = 1;

export async function listView({ me, query, refresh, orders }) {
  const tenant = query.get("organisation") ?? "";
  const { items, next } = await pages(`/v1/workspaces${tenant && `?tenant=${encodeURIComponent(tenant)}`}`, shown);
  const several = me.hoster || me.tenants.length > 1;
  const row = (w) => [
    h("a", { href: path`#/espaces/${w.id}`, id: `espace-${w.id}` }, w.name),
    ...(several ? [w.tenant] : []),
    w.deletionRequest ? [state(w.state), h("small", {}, " Suppression à confirmer")] : state(w.state),
    located(w.located), holds(w.compliant),
    w.sites?.length ? list(w.sites.map((site) => `${site.city ?? ""} (${site.name})`), { class: "plain" }) : null,
    list(w.apps.map((app) => `${app.name}, ${choice(app)}`), { class: "plain" }),
  ];
  const summary = tally(items, Boolean(next), tenant);
  const body = h("div", {},
    h("div", { class: "title" },
      h("h1", {}, "Espaces de travail"),
      orders.length > 0 && h("a", { href: "#/commander", class: "button" }, "Commander un espace")),
    several && filter(await tenantsOf(me).catch(() => []), tenant),
    h("p", {}, summary),
    items.length > 0 && table("Espaces de travail visibles avec vos rôles",
      ["Espace", ...(several ? ["Organisation"] : []), "État", "Lieu des données", "Conforme", "Sites", "Applications"], items.map(row)),
    next && more(() => { shown += 1; return refresh(); }));
  return { title: "Espaces de travail", body, summary, concerns: ({ name }) => name.startsWith("workspace.") || name === "reset" };
}

/** What is shown, state by state; `others` when there are others. */
function tally(items, others, tenant) {
  if (items.length === 0) return tenant ? `Aucun espace pour l’organisation « ${tenant} ».` : "Aucun espace pour l’instant.";
  const states = new Map();
  for (const { state: code } of items) states.set(code, (states.get(code) ?? 0) + 1);
  const shownOnly = others ? `${items.length} premiers espaces, il y en a d’autres` : count(items.length, "espace");
  return `${shownOnly}. ${[...states].map(([code, n]) => `${stateWord(code)} : ${n}`).join(", ")}.`;
}

function filter(tenants, tenant) {
  const input = h("input", { type: "search", id: "organisation", value: tenant, list: "organisations", autocapitalize: "none" });
  const onsubmit = (event) => {
    event.preventDefault();
    shown = 1;
    location.hash = input.value.trim() ? path`#/?organisation=${input.value.trim()}` : "#/";
  };
  return h("search", {}, h("form", { onsubmit, class: "filter" },
    h("label", { for: "organisation" }, "Organisation"),
    input, h("datalist", { id: "organisations" }, tenants.map(({ name, title }) => h("option", { value: name }, title))),
    h("button", { type: "submit", class: "secondary" }, "Filtrer")));
}
