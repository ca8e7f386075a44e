// A provider: who it is, who owns it as the rules count it, which path refuses, what is not known.

import { get, pages, path } from "../api.js";
import { h, list, table } from "../dom.js";
import { about, grounds, legend, ownershipGraph, rows, share, standing } from "../ownership.js";
import { country } from "../words.js";

const RULES = {
  "JUR-02": "un détenteur de trop", "JUR-03": "trop de détenteurs ensemble", "JUR-04": "un pouvoir de l’extérieur", "JUR-05": "une décision sous un droit exclu",
};

export async function providerView({ query }, name) {
  const policies = (await pages("/v1/policies", 1, 200)).items.map((policy) => policy.name);
  const policy = query.get("politique") ?? policies[0] ?? "standard";
  const address = path`/v1/providers/${name}`;
  const [provider, { graph }] = await Promise.all([get(address), get(`${address}/ownership?${new URLSearchParams({ policy })}`)]);
  const title = `Qui possède ${provider.legalName}`;
  const all = rows(graph);
  const body = h("div", {},
    h("h1", {}, title),
    h("p", {}, `Siège : ${country(provider.seat.country)}${provider.seat.subdivision ? ` (${provider.seat.subdivision})` : ""}.`,
      provider.fictional && " Ce fournisseur est un exemple inventé."),
    h("p", {}, "Selon les règles de la politique ", policies.map((one, at) => [at > 0 && ", ",
      one === policy ? h("strong", {}, one) : h("a", { href: `${path`#/fournisseurs/${name}`}?${new URLSearchParams({ politique: one })}` }, one)]), "."),
    verdicts(graph),
    graph.unsaid.length > 0 && h("section", {}, h("h2", {}, "Ce que l’on ne sait pas"), list(graph.unsaid)),
    h("section", {}, h("h2", {}, "Détenteurs"),
      h("figure", { class: "owners" }, ownershipGraph(graph, title), h("figcaption", {}, legend(graph, h))),
      table(`Détenteurs de ${provider.legalName}`, ["Détenteur", "De qui", "Part", "Décide", "Ce qu’il est"],
        all.slice(1).map(({ node, edge }) => [
          node.name, graph.nodes[edge.of].name, share(edge), grounds(edge.decides) || null,
          [standing(node)[1], edge.refuses && ", sur le chemin qui refuse"],
        ]))));
  return { title, body, summary: about(all[0]) };
}

/** Each refusal with its path, step by step, and the sum that one can do again. */
function part({ share: fraction, ground }) {
  const of = ground === "Votes" ? "des voix" : "du capital";
  return fraction === "1" ? `la totalité ${of}` : `${fraction} ${of}`;
}

function verdicts({ refusals }) {
  if (refusals.length === 0) return h("p", {}, "Aucune règle sur la propriété n’est enfreinte par ce qui est déclaré.");
  return h("section", {}, h("h2", {}, "Ce qui refuse"), refusals.map(({ rule, path: way }) => h("section", { class: "refusal" },
    h("h3", {}, `${rule} : ${RULES[rule] ?? "règle enfreinte"}${way.share ? ` (${way.ground === "Votes" ? "voix" : "capital"})` : ""}`),
    h("p", {}, [way.holders.join(", "), way.share && ` : ${part(way)}`,
      way.reckoned && way.reckoned !== way.share && ` = ${way.reckoned}`, "."]),
    way.steps.length > 0 && h("ol", {}, way.steps.map((step) => h("li", {},
      `${step.holder} (${country(step.country)}) détient ${step.capital} du capital et ${step.votes} des voix de ${step.of}`,
      step.decides.length > 0 && `, et en décide ${grounds(step.decides)}`, "."))))));
}
