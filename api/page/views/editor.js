// A form beside a live preview, for an order and for a change.

import { h } from "../dom.js";
import { workspaceForm } from "./form.js";
import { previewPanel } from "./preview.js";

/**
 * `initial` fills the form; `domains` are told as those of the organisation; `before(form)` is what it is compared with; `whole(body)` is what to preview, none where
 * `missing(body)`; `keep(body)` keeps what one typed; `submit(body, key)` sends it. Gives the element, and `read()`.
 */
export function editor({ initial, before, apps, domains, naming, confirm, nothing, whole, missing, keep, submit }, context) {
  const form = workspaceForm({ initial, apps, domains, naming });
  const preview = previewPanel();
  const look = (body) => {
    if (form.malformed().length > 0) preview.update(null, "Un champ n’est pas lisible : corrigez-le pour voir l’aperçu.");
    else if (missing(body)) preview.update(null, "Choisissez des applications et des données : vous verrez ici où elles se trouveraient.");
    else preview.update(whole(body));
  };
  const changed = () => {
    const body = form.read();
    keep(body);
    look(body);
  };
  let sent = {};
  let busy = false;
  const onsubmit = async (event) => {
    event.preventDefault();
    // Enter in a field asks again, whatever the button says. What was sent stays so: another view comes.
    if (busy) return undefined;
    const body = form.read();
    const errors = [...form.malformed(), ...(naming ? shortcomings(body) : [])];
    form.blame(errors);
    if (errors.length > 0) return undefined;
    const text = JSON.stringify(body);
    if (nothing && text === JSON.stringify(before)) return context.say(nothing);
    // The same order sent again bears the same key: it is one order.
    if (sent.text !== text) sent = { text, key: crypto.randomUUID() };
    busy = true;
    confirmation.setAttribute("aria-busy", "true");
    try {
      await submit(body, sent.key);
    } catch (problem) {
      busy = false;
      confirmation.removeAttribute("aria-busy");
      if (problem.errors?.length) form.blame(problem.errors);
      else context.say(problem.message, true);
    }
    return undefined;
  };
  const confirmation = h("button", { type: "submit" }, confirm);
  look(form.read());
  const element = h("form", { class: "editor", onsubmit, oninput: changed, novalidate: true },
    form.element, preview.element, h("div", {}, confirmation));
  return { element, read: form.read };
}

const shortcomings = ({ name, apps, data, domain }) => [
  !name && { field: "name", rule: "Donnez un nom à l’espace." },
  apps.length === 0 && { field: "apps", rule: "Choisissez au moins une application." },
  data.length === 0 && { field: "data", rule: "Dites quelles données l’espace contiendra." },
  !domain && { field: "domain", rule: "Donnez un domaine." },
].filter(Boolean);
