// The evidence on a workspace: what was signed, to keep or to verify here.

import { bytes, get, pages, path } from "../api.js";
import { button, download, h, list, table, time } from "../dom.js";
import { PERIOD, between, dates } from "../period.js";
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
  const [uid, du, au] = ["uid", "du", "au"].map((name) => context.query.get(name) ?? "");
  const asked = new URLSearchParams(Object.entries({ uid, ...between(du, au) }).filter(([, value]) => value));
  const here = uid ? null : await get(address).catch((problem) => (problem.status === 404 ? null : Promise.reject(problem)));
  // One that is gone has neither a state nor other views.
  const workspace = here ?? { id, name: id.slice(id.indexOf(".") + 1), tenant: id.split(".")[0] };
  const { items, next } = await pages(`${address}/evidence?${asked}`, shown);
  const one = uid ? path`?uid=${uid}` : "";
  const [from, to] = dates(du, au);
  const onsubmit = (event) => {
    event.preventDefault();
    shown = 1;
    location.hash = path`#/espaces/${id}/preuves?uid=${uid}&du=${from.value}&au=${to.value}`;
  };
  const row = (entry) => [
    `n° ${entry.index}`, [time(entry.time), entry.runsBackwards && " (datée d’avant une preuve qui la précède)"].filter(Boolean), verdict(entry.verdict), entry.sites.join(", "), String(entry.findings),
    h("details", { id: `limites-${entry.index}` }, h("summary", { id: `limites-titre-${entry.index}` }, count(entry.notProven.length, "limite")), list(entry.notProven.map((code) => word(LIMITS, code)))),
    h("div", { class: "row" },
      button("Télécharger", () => save(`${address}/evidence/${entry.index}${one}`, `${id}-${entry.index}.json`, context),
        { class: "secondary", id: `telecharger-${entry.index}`, "aria-label": `Télécharger la preuve n° ${entry.index}` }),
      h("a", { id: `verifier-${entry.index}`, href: path`#/verifier?espace=${id}&preuve=${entry.index}&uid=${uid}`, "aria-label": `Vérifier la preuve n° ${entry.index}` }, "Vérifier")),
  ];
  const body = h("div", {},
    here ? heading(workspace, "/preuves", context) : [
      h("p", { class: "crumb" }, h("a", { href: path`#/journal?organisation=${workspace.tenant}` }, "Journal"), " / ", workspace.tenant),
      h("h1", {}, workspace.name, h("small", {}, " espace supprimé, preuves"))],
    h("p", {}, "Chaque preuve dit où les données se trouvaient, ce qui a été vu pour le dire, et ce que personne n’a prouvé. Elle est signée, et inscrite dans un journal où rien ne s’efface. Gardez-les : elles se vérifient sans nous, ici ou par la commande ",
      h("code", {}, "beffroi verify"), "."),
    h("search", {}, h("form", { onsubmit, class: "filter" },
      h("label", { for: "du" }, "Du"), from, h("label", { for: "au" }, "Au"), to, h("button", { type: "submit", class: "secondary" }, "Filtrer"))),
    context.may("log", workspace.tenant) && h("p", {}, button("Télécharger la période", async () => {
      const file = `${[id, du, au].filter(Boolean).join("-")}.jsonl`;
      try {
        download(await bytes(`/v1/evidence?workspace=${encodeURIComponent(id)}&${asked}`), file, PERIOD);
        context.say(`${file} est téléchargé.`);
      } catch (problem) {
        context.say(problem.message, true);
      }
    }, { id: "telecharger-periode" }), " Preuves et journal de cet espace, dans un seul fichier qui se vérifie d’un coup."),
    items.length === 0 ? h("p", {}, "Aucune preuve pour l’instant.")
      : table("Preuves, la plus récente d’abord", ["Preuve", "Date", "Verdict", "Sites", "Constats", "Non prouvé", "Actions"], items.map(row)),
    next && more(() => { shown += 1; return context.refresh(); }));
  // A new one that says the same as the last comes without an event.
  return { title: `${workspace.name}, preuves`, body, summary: count(items.length, "preuve"), concerns: about(id), partly: true };
}
