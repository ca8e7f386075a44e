// The fields of a workspace, for an order and for a change: elements ↔ the body that the API takes. Errors that
// the API tells by field are tied to the field.

import { day, h, list } from "../dom.js";
import { CHANNELS, DATA, DAYS, UPDATES, advice, country, models, word } from "../words.js";
import { judgements } from "./parts.js";

const ZONES = ["Europe/Paris", "America/Guadeloupe", "America/Martinique", "America/Cayenne", "Indian/Reunion", "Indian/Mayotte"];

/** Fields filled from `initial`; `read()` gives the body, `malformed()` tells what cannot be read, `blame(errors)` ties errors to fields. */
export function workspaceForm({ initial, apps, domains = [], naming }) {
  const fields = {};
  const field = (name, label, props, hint) => {
    const id = `champ-${name.replaceAll(".", "-")}`;
    fields[name] = h("input", { id, name, "data-field": name, "aria-describedby": hint && `${id}-aide`, ...props });
    return h("div", { class: "field" }, h("label", { for: id }, label), fields[name], hint && h("small", { id: `${id}-aide` }, hint));
  };
  const group = (name, legend, hint, ...content) => {
    const id = `champ-${name}`;
    return h("fieldset", { id, "data-field": name, tabindex: "-1", "aria-describedby": hint && `${id}-aide` },
      h("legend", {}, legend), hint && h("small", { id: `${id}-aide` }, hint), content);
  };
  const checks = (name, all, on = []) => {
    fields[name] = Object.entries(all).map(([value, text]) => h("label", {}, h("input", { type: "checkbox", name, value, checked: on.includes(value) }), text));
    return h("div", { class: "checks" }, fields[name]);
  };
  const zones = [...new Set([initial.maintenanceWindow?.timeZone ?? ZONES[0], ...ZONES])];
  const zone = h("select", { id: "champ-fuseau", "data-field": "maintenanceWindow.timeZone" }, zones.map((name) => h("option", {}, name)));
  const updates = Object.entries(UPDATES).map(([value, text]) =>
    h("label", {}, h("input", { type: "radio", name: "updates", value, checked: (initial.updates ?? "Pinned") === value }), text));
  const slot = initial.maintenanceWindow;
  const ordered = initial.apps ?? [];
  const gone = ordered.filter(({ name }) => !apps.some((app) => app.name === name))
    .map(({ name }) => ({ name, title: name, description: "N’est plus au catalogue.", releases: [] }));
  const chosen = [...apps.filter((app) => app.orderable || ordered.some(({ name }) => name === app.name)), ...gone].map((app) => appField(app, ordered));
  const refused = apps.filter((app) => !app.orderable);
  const number = (min, max, value) => ({ type: "number", min, max, inputmode: "numeric", value });

  const element = h("div", { class: "workspace-form" },
    naming && field("name", "Nom de l’espace", { autocapitalize: "none", spellcheck: "false", value: initial.name }, "Minuscules, chiffres et tirets, par exemple « communication »."),
    group("apps", "Applications", null, chosen.map((app) => app.element),
      refused.length > 0 && h("details", {}, h("summary", {}, `Pas pour votre organisation (${refused.length})`), refused.map(refusedApp))),
    group("data", "Données que l’espace contiendra", "Elles décident des certificats exigés des hébergeurs.", checks("data", DATA, initial.data)),
    field("domain", "Domaine", { autocapitalize: "none", spellcheck: "false", inputmode: "url", value: initial.domain }, domains.length > 0
      ? `Sous lequel les applications seront ouvertes, par exemple « espace.${domains[0]} ». Domaines de votre organisation : ${domains.join(", ")}.`
      : "Sous lequel les applications seront ouvertes, par exemple « espace.mairie.example ». L’aperçu donne l’enregistrement DNS qui prouve qu’il est à votre organisation."),
    group("placement", "Sites", "Vide : ce que demande la politique de votre organisation. Elle peut exiger davantage.", h("div", { class: "grid" },
      field("placement.sites", "Nombre de sites", number(1, 8, initial.placement?.sites)),
      field("placement.minCities", "Villes distinctes", number(1, 8, initial.placement?.minCities)),
      field("placement.minDistanceKm", "Distance, en km", number(0, 20000, initial.placement?.minDistanceKm)))),
    group("maintenanceWindow", "Fenêtre de maintenance", "Aucun jour : pas de fenêtre, un changement peut venir à tout moment.",
      checks("maintenanceWindow.days", DAYS, slot?.days),
      h("div", { class: "grid" },
        field("maintenanceWindow.start", "Ouvre à", { type: "time", value: slot?.start ?? "21:00" }),
        field("maintenanceWindow.durationMinutes", "Durée, en minutes", number(30, 1440, slot?.durationMinutes ?? 120)),
        h("div", { class: "field" }, h("label", { for: "champ-fuseau" }, "Fuseau horaire"), zone))),
    group("updates", "Mises à jour des applications", null, updates),
    group("backup", "Sauvegarde", "Vide : aucune sauvegarde n’est demandée.", h("div", { class: "grid" },
      field("backup.everyHours", "Intervalle, en heures", number(1, 168, initial.backup?.everyHours)),
      field("backup.keepDays", "Durée de garde, en jours", number(1, 3650, initial.backup?.keepDays)))));

  const ticked = (name) => fields[name].map((label) => label.firstChild).filter((box) => box.checked).map((box) => box.value);
  const numeric = (name) => (fields[name].value === "" ? undefined : Number(fields[name].value));
  const some = (object) => (Object.values(object).every((value) => value === undefined) ? undefined : object);
  const read = () => {
    const days = ticked("maintenanceWindow.days");
    const preferred = initial.placement?.preferredSites;
    return {
      ...(naming && { name: fields.name.value.trim() }),
      apps: chosen.map((app) => app.read()).filter(Boolean), data: ticked("data"), domain: fields.domain.value.trim(),
      placement: some({ sites: numeric("placement.sites"), minCities: numeric("placement.minCities"),
        minDistanceKm: numeric("placement.minDistanceKm"), preferredSites: preferred?.length ? preferred : undefined }),
      maintenanceWindow: days.length === 0 ? undefined : { days, start: fields["maintenanceWindow.start"].value,
        durationMinutes: numeric("maintenanceWindow.durationMinutes"), timeZone: zone.value },
      updates: updates.map((label) => label.firstChild).find((radio) => radio.checked).value,
      backup: some({ everyHours: numeric("backup.everyHours"), keepDays: numeric("backup.keepDays") }),
    };
  };
  // What a browser cannot read as a number or a time it gives as empty.
  const malformed = () => Object.values(fields).filter((field) => field.validity?.badInput).map((field) => ({
    field: field.name, rule: field.type === "time" ? "Écrivez une heure, par exemple 21:00." : "Écrivez un nombre, en chiffres.",
  }));
  element.addEventListener("input", ({ target }) => {
    const blamed = target.closest("[aria-invalid]");
    if (blamed) forgive(blamed);
  });
  return { element, read, malformed, blame: (errors) => blame(element, errors) };
}

function appField(app, ordered) {
  const held = ordered.find(({ name }) => name === app.name);
  const options = new Map();
  for (const release of app.releases) {
    const { version, channel } = release;
    if (!options.has(`channel ${channel}`)) options.set(`channel ${channel}`, [`canal ${word(CHANNELS, channel)}`, `${version} ce jour`, ...path(release)].join(", "));
  }
  for (const release of app.releases) {
    const until = release.supportedUntil && `suivie jusqu’au ${day(release.supportedUntil)}`;
    options.set(`version ${release.version}`, [`version ${release.version}`, ...path(release), until].filter(Boolean).join(", "));
  }
  const now = held && (held.version ? `version ${held.version}` : `channel ${held.channel}`);
  if (now && !options.has(now)) options.set(now, now.replace("channel", "canal"));
  const box = h("input", { type: "checkbox", name: "apps", value: app.name, checked: Boolean(held) });
  const select = h("select", { "aria-label": `Version de ${app.title}` }, [...options].map(([value, text]) => h("option", { value, selected: value === now }, text)));
  const element = h("div", { class: "app", "data-app": app.name },
    h("label", {}, box, h("strong", {}, app.title)), select,
    h("p", {}, app.description, " ", app.publisher && h("small", {}, about(app))),
    app.publisher && modelsOf(app));
  const read = () => {
    const [kind, ...rest] = select.value.split(" ");
    return box.checked ? { name: app.name, [kind]: rest.join(" ") } : null;
  };
  return { element, read };
}

/** From where one comes to a release, and whether one comes back. */
const path = ({ irreversible, upgradesFrom: from }) => [
  irreversible && "étape sans retour",
  from.length > 3 ? "depuis certaines versions seulement" : from.length > 0 && `depuis ${from.join(" ou ")} seulement`,
].filter(Boolean);

const about = ({ publisher, licence }) => `Éditeur : ${publisher.legalName ?? publisher.name} (${country(publisher.country)}). Licence : ${licence}.`;

const modelsOf = (app) => h("p", { class: "models" }, h("small", {}, models(app.aiModels)));

const refusedApp = (app) => h("div", { class: "app" }, h("p", {}, h("strong", {}, app.title), " ", h("small", {}, about(app))), modelsOf(app),
  app.refusals.length > 0 ? judgements(app.refusals, `Règles qui refusent ${app.title}`) : h("p", {}, "Aucune version n’est publiée."));

/** Ties each error to its field, and lists them all above; the first is gone to. */
function blame(element, errors) {
  element.querySelector(".summary")?.remove();
  element.querySelectorAll("[aria-invalid]").forEach(forgive);
  if (errors.length === 0) return;
  const links = errors.map((error) => {
    const text = advice(error);
    const target = fieldOf(element, error.field ?? "");
    if (!target) return text;
    const id = `${target.id}-erreur`;
    const said = h("small", { class: "error", id }, text);
    const before = document.getElementById(id);
    if (before) before.append(` ${text}`);
    else if (target.matches("fieldset")) target.querySelector("legend").after(said);
    else target.parentElement.append(said);
    target.setAttribute("aria-invalid", "true");
    if (!before) target.setAttribute("aria-describedby", `${id} ${target.getAttribute("aria-describedby") ?? ""}`.trim());
    const go = (event) => { event.preventDefault(); target.focus(); };
    return h("a", { href: `#${target.id}`, onclick: go }, text);
  });
  const summary = h("div", { class: "error summary", role: "alert", tabindex: "-1" },
    h("p", {}, "À corriger avant d’envoyer :"), list(links));
  element.prepend(summary);
  summary.focus();
}

/** Takes back what was said of a field. */
function forgive(target) {
  const id = `${target.id}-erreur`;
  document.getElementById(id)?.remove();
  target.removeAttribute("aria-invalid");
  target.setAttribute("aria-describedby", target.getAttribute("aria-describedby").split(" ").filter((one) => one !== id).join(" "));
}

/** The control of a field that the API names as `/apps/0/version`, `apps[0].version` or `spec.apps`. */
function fieldOf(element, name) {
  const parts = name.replace(/^[#/$.]+/, "").replace(/\[(\d+)\]/g, ".$1").split(/[./]/).filter((part) => part !== "spec");
  for (; parts.length > 0; parts.pop()) {
    const found = element.querySelector(`[data-field="${CSS.escape(parts.join("."))}"]`);
    if (found) return found;
  }
  return null;
}
