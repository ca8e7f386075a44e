// The tenants, for the hosting provider: who they are, whether they are ready, how many workspaces they have.

import { Problem, pages, path } from "../api.js";
import { h, table } from "../dom.js";
import { KINDS, count, holds, word } from "../words.js";
import { more } from "./parts.js";

let shown = 1;

export async function tenantsView({ me, refresh }) {
  if (!me.hoster) throw new Problem(403, { detail: "Seul l’hébergeur voit toutes les organisations." });
  const { items, next } = await pages("/v1/tenants", shown);
  const row = (tenant) => [
    [tenant.title, h("small", {}, ` ${tenant.name}`)], word(KINDS, tenant.kind),
    [holds(tenant.ready), tenant.ready !== "True" && [" ", why(tenant)]], tenant.policy,
    tenant.workspaces === 0 ? "Aucun"
      : h("a", { href: path`#/?organisation=${tenant.name}`, id: `espaces-${tenant.name}` }, count(tenant.workspaces, "espace"),
        h("span", { class: "unseen" }, ` de ${tenant.title}`)),
  ];
  const summary = next ? `${items.length} premières organisations, il y en a d’autres.` : `${count(items.length, "organisation")}.`;
  const body = h("div", {},
    h("h1", {}, "Organisations"),
    h("p", {}, summary),
    items.length > 0 && table("Organisations enregistrées", ["Organisation", "Nature", "Prête", "Règles", "Espaces"], items.map(row)),
    next && more(() => { shown += 1; return refresh(); }));
  return { title: "Organisations", body, summary, concerns: ({ name }) => /^(tenant|workspace)\.|^reset$/.test(name) };
}

/** What its conditions say of why it is not ready. */
const why = ({ conditions }) => conditions.find(({ type, status }) => type === "Ready" && status !== "True")?.message
  ?? conditions.find(({ status }) => status !== "True")?.message;
