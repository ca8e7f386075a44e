// Changing a workspace. What one typed is kept until it is saved, and put upon the order as it is by then.

import { Problem, load, path, send } from "../api.js";
import { button, h } from "../dom.js";
import { difference, patched } from "../patch.js";
import { heading } from "./detail.js";
import { editor } from "./editor.js";
import { workspaceForm } from "./form.js";
import { catalogue } from "./order.js";

export async function changeView(context, id) {
  const { drafts } = context;
  const address = path`/v1/workspaces/${id}`;
  const { data: workspace, etag } = await load(address);
  if (!context.may("order", workspace.tenant)) throw new Problem(403, { detail: "Seul un gestionnaire de l’organisation change un espace." });
  if (workspace.state === "Deleting") throw new Problem(409, { detail: "Cet espace est en cours de suppression : il ne se change plus." });
  const apps = await catalogue(workspace.tenant);
  const before = workspaceForm({ initial: workspace, apps }).read();
  const draft = drafts.take(id);
  const typed = draft && difference(draft.before, draft.body);
  const taken = typed && Object.keys(typed).length > 0;
  const moved = taken && Object.keys(difference(draft.before, before)).length > 0;
  const form = editor({
    initial: taken ? patched(before, typed) : workspace,
    before, apps, confirm: "Enregistrer", nothing: "Rien n’a changé.",
    whole: (body) => ({ workspace: id, ...difference(before, body) }),
    missing: () => false,
    keep: (body) => drafts.keep(id, { before, body }),
    submit: async (body) => {
      try {
        await send("PATCH", address, difference(before, body), { etag: await current(address, workspace, etag) });
      } catch (problem) {
        if (problem.status !== 412) throw problem;
        return context.again("L’espace a changé entre-temps : vos changements sont reportés sur son état actuel. Relisez-les, puis enregistrez.", true);
      }
      drafts.drop(id);
      return context.leaveWith(path`#/espaces/${id}`, "Les changements sont enregistrés.");
    },
  }, context);
  const abandon = () => {
    drafts.drop(id);
    context.again("Vos changements sont abandonnés.");
  };
  const body = h("div", {}, heading(workspace, "/modifier", context),
    taken && h("p", { class: "notice" }, "Vos changements non enregistrés sont repris ici. ",
      moved && "L’espace a changé depuis : relisez-les. ",
      button("Les abandonner", abandon, { class: "secondary", id: "abandonner" })),
    form.element);
  return { title: `${workspace.name}, modifier`, body };
}

/** The version to change: a newer one where only what became of the order has changed, not the order. */
async function current(address, known, etag) {
  const now = await load(address);
  const order = ({ apps, data, domain, placement, maintenanceWindow, updates, backup, suspended, deleteAfter }) =>
    JSON.stringify([apps.map(({ name, version, channel }) => [name, version, channel]), data, domain, placement, maintenanceWindow, updates, backup, suspended, deleteAfter]);
  return order(now.data) === order(known) ? now.etag : etag;
}
