// Ordering a workspace. What one typed stays while one signs in again, and goes along to another organisation.

import { Problem, get, pages, path, send } from "../api.js";
import { h } from "../dom.js";
import { turns } from "../timing.js";
import { editor } from "./editor.js";

const NEW = "new";

/** The apps of a tenant's catalogue. */
export const catalogue = async (tenant) => (await pages(path`/v1/apps?tenant=${tenant}`, 5, 200)).items;

/** Domains that a tenant holds, under which its orders are taken; none where that cannot be read. */
const heldDomains = async (tenant) => {
  const { heldDomains: held } = await get(path`/v1/tenants/${tenant}`).catch(() => ({}));
  return (held ?? []).filter(({ lostSince }) => !lostSince).map(({ domain }) => domain);
};

export async function orderView(context) {
  const { orders: tenants, drafts, say, leaveWith } = context;
  if (tenants.length === 0) throw new Problem(403, { detail: "Seul un gestionnaire de l’organisation commande un espace." });
  const { tenant: last, ...draft } = drafts.take(NEW) ?? {};
  const place = h("div", {});
  const turn = turns();
  let tenant;
  let form;

  /** The form for an organisation; what its catalogue does not have is left out. */
  const fill = async (of, typed) => {
    const begun = turn.begin();
    place.inert = true;
    place.setAttribute("aria-busy", "true");
    try {
      const [apps, domains] = await Promise.all([catalogue(of), heldDomains(of)]);
      if (!begun()) return;
      const initial = { ...typed, apps: typed.apps?.filter(({ name }) => apps.some((app) => app.orderable && app.name === name)) };
      tenant = of;
      form = editor({
        initial, apps, domains, naming: true, confirm: "Commander",
        whole: (body) => ({ ...body, tenant, name: body.name || "apercu", domain: body.domain || `apercu.${domains[0] ?? "example"}` }),
        missing: (body) => body.apps.length === 0 || body.data.length === 0,
        keep: (body) => drafts.keep(NEW, { tenant, ...body }),
        submit,
      }, context);
      place.replaceChildren(form.element);
    } catch (problem) {
      if (begun()) throw problem;
    } finally {
      if (begun()) {
        place.inert = false;
        place.removeAttribute("aria-busy");
      }
    }
  };
  const submit = async (body, key) => {
    const { data } = await send("POST", "/v1/workspaces", { tenant, ...body }, { key });
    drafts.drop(NEW);
    leaveWith(path`#/espaces/${data.id}`, `L’espace ${data.name} est commandé.`);
  };
  const change = async () => {
    try {
      const typed = form.read();
      await fill(select.value, typed);
      if (tenant === select.value) drafts.keep(NEW, { tenant, ...form.read() });
    } catch (problem) {
      select.value = tenant;
      say(`Le catalogue de cette organisation n’a pas pu être lu : ${problem.message}`, true);
    }
  };
  await fill(tenants.some(({ name }) => name === last) ? last : tenants[0].name, draft);
  const select = h("select", { id: "organisation", onchange: change },
    tenants.map(({ name, title }) => h("option", { value: name, selected: name === tenant }, title)));
  const body = h("div", {},
    h("h1", {}, "Commander un espace"),
    tenants.length > 1 ? h("div", { class: "field" }, h("label", { for: "organisation" }, "Organisation"), select)
      : h("p", {}, `Pour ${tenants[0].title}.`),
    place);
  return { title: "Commander un espace", body };
}
