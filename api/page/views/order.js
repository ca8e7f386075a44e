// Ordering a workspace, and changing one: a form beside a live preview.

import { Problem, load, pages, path, send } from "../api.js";
import { h } from "../dom.js";
import { heading } from "./detail.js";
import { workspaceForm } from "./form.js";
import { previewPanel } from "./preview.js";

const DRAFT = "beffroi.draft";
const catalogue = async (tenant) => (await pages(path`/v1/apps?tenant=${tenant}`, 5, 200)).items;

export async function orderView(context) {
  const tenants = context.orders;
  if (tenants.length === 0) throw new Problem(403, { detail: "Seul un gestionnaire de l’organisation commande un espace." });
  const draft = JSON.parse(sessionStorage.getItem(DRAFT) ?? "{}");
  let tenant = tenants.some(({ name }) => name === draft.tenant) ? draft.tenant : tenants[0].name;
  const place = h("div", {});
  const fill = async (initial) => place.replaceChildren(editor({
    initial, apps: await catalogue(tenant), naming: true, confirm: "Commander",
    whole: (body) => ({ ...body, tenant, name: body.name || "apercu", domain: body.domain || "apercu.example" }),
    missing: (body) => body.apps.length === 0 || body.data.length === 0,
    keep: (body) => sessionStorage.setItem(DRAFT, JSON.stringify({ tenant, ...body })),
    submit: async (body, key) => {
      const { data } = await send("POST", "/v1/workspaces", { tenant, ...body }, { key });
      sessionStorage.removeItem(DRAFT);
      context.leaveWith(path`#/espaces/${data.id}`, `L’espace ${data.name} est commandé.`);
    },
  }, context));
  await fill(draft);
  const select = h("select", { id: "organisation", onchange: () => { tenant = select.value; fill({}); } },
    tenants.map(({ name, title }) => h("option", { value: name, selected: name === tenant }, title)));
  const body = h("div", {},
    h("h1", {}, "Commander un espace"),
    tenants.length > 1 ? h("div", { class: "field" }, h("label", { for: "organisation" }, "Organisation"), select)
      : h("p", {}, `Pour ${tenants[0].title}.`),
    place);
  return { title: "Commander un espace", body };
}

export async function changeView(context, id) {
  const address = path`/v1/workspaces/${id}`;
  const { data: workspace, etag } = await load(address);
  if (!context.may("order", workspace.tenant)) throw new Problem(403, { detail: "Seul un gestionnaire de l’organisation change un espace." });
  const form = editor({
    initial: workspace, apps: await catalogue(workspace.tenant), confirm: "Enregistrer", nothing: "Rien n’a changé.",
    whole: (body, before) => ({ workspace: id, ...difference(before, body) }),
    missing: () => false,
    submit: async (body, _, before) => {
      try {
        await send("PATCH", address, difference(before, body), { etag: await current(address, workspace, etag) });
      } catch (problem) {
        if (problem.status !== 412) throw problem;
        return context.refresh("L’espace a changé entre-temps : le formulaire montre son état actuel. Refaites vos changements.", true);
      }
      return context.leaveWith(path`#/espaces/${id}`, "Les changements sont enregistrés.");
    },
  }, context);
  const body = h("div", {}, heading(workspace, "/modifier", context), form);
  return { title: `${workspace.name}, modifier`, body };
}

/** The version to change: a newer one where only what became of the order has changed, not the order. */
async function current(address, known, etag) {
  const now = await load(address);
  const order = ({ apps, data, domain, placement, maintenanceWindow, updates, backup, suspended, deleteAfter }) =>
    JSON.stringify([apps.map(({ name, version, channel }) => [name, version, channel]), data, domain, placement, maintenanceWindow, updates, backup, suspended, deleteAfter]);
  return order(now.data) === order(known) ? now.etag : etag;
}

function editor({ initial, apps, naming, confirm, nothing, whole, missing, keep, submit }, context) {
  const form = workspaceForm({ initial, apps, naming });
  const before = form.read();
  const preview = previewPanel();
  const same = () => JSON.stringify(form.read()) === JSON.stringify(before);
  const changed = () => {
    const body = form.read();
    keep?.(body);
    if (missing(body)) preview.update(null, "Choisissez des applications et des données : vous verrez ici où elles se trouveraient.");
    else preview.update(whole(body, before));
  };
  let sent = {};
  const onsubmit = async (event) => {
    event.preventDefault();
    const body = form.read();
    if (nothing && same()) return context.say(nothing);
    const text = JSON.stringify(body);
    // The same order sent again bears the same key: it is one order.
    if (sent.text !== text) sent = { text, key: crypto.randomUUID() };
    const errors = naming ? shortcomings(body) : [];
    form.blame(errors);
    if (errors.length > 0) return undefined;
    confirmation.setAttribute("aria-busy", "true");
    try {
      await submit(body, sent.key, before);
    } catch (problem) {
      if (problem.errors?.length) form.blame(problem.errors);
      else context.say(problem.message, true);
    }
    confirmation.removeAttribute("aria-busy");
    return undefined;
  };
  const confirmation = h("button", { type: "submit" }, confirm);
  changed();
  return h("form", { class: "editor", onsubmit, oninput: changed, novalidate: true }, form.element, preview.element, h("div", {}, confirmation));
}

const shortcomings = ({ name, apps, data, domain }) => [
  !name && { field: "name", rule: "Donnez un nom à l’espace." },
  apps.length === 0 && { field: "apps", rule: "Choisissez au moins une application." },
  data.length === 0 && { field: "data", rule: "Dites quelles données l’espace contiendra." },
  !domain && { field: "domain", rule: "Donnez un domaine." },
].filter(Boolean);

/** What makes `before` into `after`, as a merge patch (RFC 7396). */
function difference(before, after) {
  const patch = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [from, to] = [before[key], after[key]];
    if (JSON.stringify(from) === JSON.stringify(to)) continue;
    const nested = from && to && typeof to === "object" && !Array.isArray(to);
    patch[key] = nested ? difference(from, to) : to ?? null;
  }
  return patch;
}
