// Parts that several views share: sites on a map with the table that says the same, refusals, problems.

import { Problem, pages, path } from "../api.js";
import { button, facts, h, list, table, time } from "../dom.js";
import { franceMap, kindWords } from "../map.js";
import { LACKS, advice, country, verdict } from "../words.js";

/** Lists that several views ask for, by address. */
const kept = new Map();

function all(address) {
  const known = kept.get(address);
  if (known) return known;
  const asked = pages(address, 5, 200).then(({ items }) => items);
  asked.catch(() => { if (kept.get(address) === asked) kept.delete(address); });
  kept.set(address, asked);
  return asked;
}

/** Forgets the list that an event speaks of, or after a reset each. */
export const outdate = ({ name }) => (name === "reset" ? kept.clear() : kept.delete(`/v1/${name.split(".")[0]}s`));

/** Public facts on every site, by name; without them maps show fewer marks. */
export const siteIndex = () => all("/v1/sites").catch(() => []).then((sites) => new Map(sites.map((site) => [site.name, site])));

/** The organisations that one may ask for: the hosting provider, all of them. */
export const tenantsOf = async (me) => (me.hoster ? all("/v1/tenants") : me.tenants);

/** The way to who owns a provider. */
export const providerLink = (name, text = name) => h("a", { href: path`#/fournisseurs/${name}` }, text);

/** A map and its table; where nothing was read of a place, nothing is said of it. */
export async function whereView(sites, title) {
  const place = (site) => [site.city, site.subdivision, site.country && country(site.country), site.gone && "site qui n’est plus déclaré"]
    .filter(Boolean).join(", ") || null;
  const dated = sites.some((site) => site.since);
  return h("div", { class: "where" },
    await franceMap(sites, title) ?? h("p", { class: "notice" }, "La carte n’a pas pu être chargée ; le tableau dit la même chose."),
    table(title, ["Site", "Lieu", "Ce qu’il en est", ...(dated ? ["Depuis"] : [])],
      sites.map((site) => [
        site.provider ? [site.name, " ", h("small", {}, providerLink(site.provider))] : site.name,
        place(site), kindWords(site.kind), ...(dated ? [site.since && time(site.since)] : []),
      ])));
}

/** Every refused site with each rule that refused it. */
export const refusals = (refused, level = "h3") => refused.map((site) => h("section", { class: "refusal" },
  h(level, {}, site.city ? `${site.name} (${site.city})` : site.name),
  judgements(site.by, `Règles qui refusent ${site.name}`)));

/** Releases that do not come yet, and what each waits for. */
export const awaited = (pending) => pending.length > 0 && h("div", { class: "notice" },
  list(pending.map(({ app, message }) => `${app} : ${message}.`), { class: "plain" }));

/** The way to the next page, which `ask` adds to the table that is shown: one goes on at its first row. */
export function more(ask) {
  const rows = () => document.querySelectorAll("main tbody tr");
  const onclick = async () => {
    const before = rows().length;
    await ask();
    const row = rows()[before];
    if (!row) return;
    const first = row.querySelector("a, button") ?? row.querySelector("th");
    if (first.matches("th")) first.tabIndex = -1;
    first.focus();
  };
  return button("Afficher la suite", onclick, { class: "secondary", id: "suite", "data-gives-way": true });
}

/** What rules say. */
export const judgements = (by, caption) => table(caption, ["Règle", "Exigence", "Verdict", "Motif", "Source"],
  by.map((one) => [one.rule, one.text ?? LACKS[one.rule], verdict(one.verdict), [one.what && `${one.what} : `, one.reason], one.source]),
  { class: "rules" });

/** A problem, for people; `retry` asks again, where that may help, as then `passing` says. */
export function problemView(problem, retry) {
  const passing = retry && !(problem.status >= 400 && problem.status < 500 && problem.status !== 429);
  const title = problem.status === 404 ? "Introuvable" : problem.status === 403 ? "Non autorisé" : "Un problème est survenu";
  const body = h("article", { class: "problem" },
    h("h1", {}, title),
    h("p", {}, problem.message),
    problem.errors?.length > 0 && h("ul", {}, problem.errors.map((error) => h("li", {}, advice(error)))),
    facts([["Numéro de la demande", problem.requestId]]),
    passing && h("p", {}, button("Réessayer", retry, { id: "reessayer" })),
    h("p", {}, h("a", { href: "#/" }, "Revenir aux espaces de travail")));
  if (!(problem instanceof Problem)) console.error(problem);
  return { title, body, passing };
}
