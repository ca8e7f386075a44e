// What would happen with what the form says, asked as one types: where it would lie, what would be erased, what refuses
// every other site.

import { send } from "../api.js";
import { h, list } from "../dom.js";
import { update } from "../swap.js";
import { advice, sentence } from "../words.js";
import { awaited, judgements, refusals, siteIndex, whereView } from "./parts.js";

const PATIENCE = 400;

/** A panel; `update(body)` asks for `body` soon, and with none says `why` not. */
export function previewPanel() {
  const said = h("p", { "aria-live": "polite", "aria-atomic": "true", class: "verdict" });
  const lost = h("p", { "aria-live": "polite", "aria-atomic": "true", class: "lost" });
  const details = h("div", {});
  const element = h("section", { class: "preview", "aria-labelledby": "apercu" }, h("h2", { id: "apercu" }, "Aperçu"), said, lost, details);
  let timer;
  let asked = new AbortController();
  const show = (body, why) => {
    clearTimeout(timer);
    asked.abort();
    asked = new AbortController();
    element.removeAttribute("aria-busy");
    const { signal } = asked;
    if (body) timer = setTimeout(() => look(body, signal), PATIENCE);
    else tell(why, "");
  };
  const tell = (text, warning, ...parts) => {
    // What is said again is read aloud again.
    for (const [place, now] of [[said, text], [lost, warning]]) if (place.textContent !== now) place.textContent = now;
    update(details, { body: h("div", {}, parts) });
  };
  /** Whatever comes after another was asked for says nothing any more. */
  const look = async (body, signal) => {
    element.setAttribute("aria-busy", "true");
    try {
      const { data } = await send("POST", "/v1/preview", body, { signal });
      const parts = await detail(data);
      if (!signal.aborted) tell(summary(data), erased(data), ...parts);
    } catch (problem) {
      if (!signal.aborted) tell(problem.message, "", list((problem.errors ?? []).map(advice)));
    } finally {
      if (!signal.aborted) element.removeAttribute("aria-busy");
    }
  };
  return { element, update: show };
}

function summary({ accepted, sites, refused, shortfall }) {
  const others = refused.length > 0 ? ` Sites refusés : ${refused.length}.` : "";
  if (!accepted) return "Cette commande serait refusée.";
  if (shortfall || sites.length === 0) return `Aucun placement ne convient.${others}`;
  return `Les données se trouveraient ${sites.map((site) => (site.city ? `à ${named(site, "city", "name")}` : `sur ${site.name}`)).join(" et ")}.${others}`;
}

/** What is lost for good, before anyone confirms it. */
const erased = ({ leaving }) => (leaving.length === 0 ? ""
  : `Les données de ${leaving.map((site) => named(site, "name", "city")).join(" et de ")} y seraient effacées une fois les autres sites prêts.`);

const named = (site, first, second) => (site[second] ? `${site[first]} (${site[second]})` : site[first]);

async function detail({ accepted, refusal, sites, atRisk, leaving, refused, shortfall, spare, warnings, releases, pending, notProvided }) {
  const known = await siteIndex();
  const mark = (kind) => (site) => ({ ...known.get(site.name), ...site, kind });
  const goes = ({ name }) => leaving.some((site) => site.name === name);
  const marks = [...sites.map((site) => mark(site.new === false ? "lies" : "new")(site)), ...leaving.map(mark("leaves")),
    ...refused.filter((site) => !goes(site)).map(mark("refused"))];
  return [
    !accepted && refusal && h("p", { class: "warning" }, refusal.message),
    refusal?.rules?.length > 0 && judgements(refusal.rules, "Règles qui refusent la commande"),
    shortfall && h("p", { class: "warning" }, "Ce qui manque : ", shortfall),
    ...(notProvided ?? []).map((text) => h("p", { class: "warning" }, sentence(text))),
    marks.length > 0 && await whereView(marks, "Où se trouveraient les données"),
    atRisk.length > 0 && h("details", { id: "apercu-a-risque" },
      h("summary", {}, `Ne seraient plus choisis aujourd’hui (${atRisk.length})`),
      h("p", {}, "Des données s’y trouvent déjà et y restent : rien n’est déplacé de soi-même. Voyez avec l’hébergeur ce qu’il en est."),
      refusals(atRisk)),
    spare.length > 0 && h("p", {}, `Conviendraient aussi : ${spare.join(", ")}.`),
    releases.length > 0 && h("p", {}, `Versions : ${releases.map(({ app, version }) => `${app} ${version}`).join(", ")}.`),
    awaited(pending),
    warnings?.length > 0 && judgements(warnings, "Avertissements"),
    refused.length > 0 && h("details", { id: "apercu-ailleurs" }, h("summary", {}, `Pourquoi pas ailleurs (${refused.length})`), refusals(refused)),
  ].filter(Boolean);
}
