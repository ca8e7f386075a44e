// Changing a workspace. What one typed is kept until it is saved, and put upon the order as it is by then.

import { Problem, load, path, send } from "../api.js";
import { button, h } from "../dom.js";
import { difference, patched } from "../patch.js";
import { wait } from "../timing.js";
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
        await save(address, difference(before, body), workspace, etag);
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

/** How often a change is sent again, and after how many milliseconds. */
const AGAIN = 5;
const PAUSE = 200;

/**
 * Saves a change of the order that one knows. What becomes of an order changes its version too: where the order is the
 * same, the change is for the newer one, and sent again if that was late as well.
 */
async function save(address, change, known, etag) {
  for (let left = AGAIN; ; left -= 1) {
    const now = await load(address);
    const same = order(now.data) === order(known);
    try {
      return await send("PATCH", address, change, { etag: same ? now.etag : etag });
    } catch (problem) {
      if (problem.status !== 412 || !same || left === 0) throw problem;
      await wait(PAUSE);
    }
  }
}

/** What is asked, to be compared. */
const order = ({ apps, data, domain, placement, maintenanceWindow, updates, backup, suspended, deleteAfter }) =>
  JSON.stringify([apps.map(({ name, version, channel }) => [name, version, channel]), data, domain, placement, maintenanceWindow, updates, backup, suspended, deleteAfter]);
