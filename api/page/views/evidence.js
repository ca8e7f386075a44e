// The evidence on a workspace: what was signed, to keep or to verify here.

import { bytes, get, pages, path } from "../api.js";
import { button, download, h, list, table, time } from "../dom.js";
import { LIMITS, count, verdict, word } from "../words.js";
import { about, heading } from "./detail.js";
import { more } from "./parts.js";

const BUNDLE = "application/vnd.beffroi.bundle.v1+json";

/** Downloads a bundle. */
export async function save(address, name, context) {
  try {
    download(await bytes(address), name, BUNDLE);
    context.say(`${name} est téléchargé.`);
  } catch (problem) {
    context.say(problem.message, true);
  }
}

let shown = 1;

export async function evidenceView(context, id) {
  const address = path`/v1/workspaces/${id}`;
  const [workspace, { items, next }] = await Promise.all([get(address), pages(`${address}/evidence`, shown)]);
  const row = (entry) => [
    `n° ${entry.index}`, time(entry.time), verdict(entry.verdict), entry.sites.join(", "), String(entry.findings),
    h("details", { id: `limites-${entry.index}` }, h("summary", { id: `limites-titre-${entry.index}` }, count(entry.notProven.length, "limite")), list(entry.notProven.map((code) => word(LIMITS, code)))),
    h("div", { class: "row" },
      button("Télécharger", () => save(`${address}/evidence/${entry.index}`, `${id}-${entry.index}.json`, context),
        { class: "secondary", id: `telecharger-${entry.index}`, "aria-label": `Télécharger la preuve n° ${entry.index}` }),
      h("a", { id: `verifier-${entry.index}`, href: path`#/verifier?espace=${id}&preuve=${entry.index}`, "aria-label": `Vérifier la preuve n° ${entry.index}` }, "Vérifier")),
  ];
  const body = h("div", {},
    heading(workspace, "/preuves", context),
    h("p", {}, "Chaque preuve dit où les données se trouvaient, ce qui a été vu pour le dire, et ce que personne n’a prouvé. Elle est signée, et inscrite dans un journal où rien ne s’efface. Gardez-les : elles se vérifient sans nous, ici ou par la commande ",
      h("code", {}, "beffroi verify"), "."),
    items.length === 0 ? h("p", {}, "Aucune preuve pour l’instant.")
      : table("Preuves, la plus récente d’abord", ["Preuve", "Date", "Verdict", "Sites", "Constats", "Non prouvé", "Actions"], items.map(row)),
    next && more(() => { shown += 1; return context.refresh(); }));
  // A new one that says the same as the last comes without an event.
  return { title: `${workspace.name}, preuves`, body, summary: count(items.length, "preuve"), concerns: about(id), partly: true };
}
