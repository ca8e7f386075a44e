// Why a workspace lies where it lies: what was chosen, and every rule that refused every other site.

import { get, path } from "../api.js";
import { h, table } from "../dom.js";
import { count, holds } from "../words.js";
import { about, heading } from "./detail.js";
import { judgements, refusals, siteIndex, whereView } from "./parts.js";

export async function explanationView(context, id) {
  const address = path`/v1/workspaces/${id}`;
  const [workspace, why, known] = await Promise.all([get(address), get(`${address}/explanation`), siteIndex()]);
  const mark = (kind) => (site) => ({ ...known.get(site.name), ...site, kind });
  const since = Object.fromEntries(workspace.sites.map((site) => [site.name, site.since]));
  const chosen = why.sites.map((name) => ({ name, since: since[name] }));
  const sites = [...chosen.map(mark("lies")), ...why.refused.map(mark("refused"))];
  const steps = [["La commande est acceptée", why.accepted], ["Des sites sont choisis", why.placed]].filter(([, step]) => step);
  const body = h("div", {},
    heading(workspace, "/explication", context),
    h("section", {}, h("h2", {}, "Ce qui a été décidé"),
      table("Décisions", ["Étape", "Tenue", "Motif"], steps.map(([name, step]) => [name, holds(step.status), step.message || null]))),
    h("section", {}, h("h2", {}, "Sites retenus et sites refusés"), await whereView(sites, "Sites retenus et refusés")),
    h("section", {}, h("h2", {}, `Pourquoi pas ailleurs (${count(why.refused.length, "site")})`),
      why.refused.length === 0 ? h("p", {}, "Aucun site n’a été refusé.") : refusals(why.refused)),
    why.warnings?.length > 0 && h("section", {}, h("h2", {}, "Avertissements"), judgements(why.warnings, "Règles qui avertissent sans refuser")));
  return { title: `${workspace.name}, explication`, body, summary: `Sites refusés : ${why.refused.length}`, concerns: about(id) };
}
