// French words for what the API enumerates. A word that is not known here is shown as it is.

import { h } from "./dom.js";

const STATES = {
  Ready: ["En service", "good"],
  InProgress: ["En cours", "busy"],
  Refused: ["Refusé", "bad"],
  Suspended: ["Suspendu", "idle"],
  Leaving: ["Suppression prévue", "idle"],
  Deleting: ["Suppression en cours", "busy"],
  Breach: ["Manquement", "bad"],
};
const VERDICTS = {
  Located: ["Là où les règles l’admettent", "good"],
  NotLocated: ["Pas là où les règles l’admettent", "bad"],
  Unknown: ["Indéterminé", "busy"],
  Pass: ["Tenue", "good"],
  Fail: ["Enfreinte", "bad"],
  Unproven: ["Non prouvée", "busy"],
  WithoutObject: ["Sans objet", "idle"],
};
const STAGES = {
  Within90Days: ["Dans les 90 jours", "idle"], Within30Days: ["Dans les 30 jours", "busy"],
  Within7Days: ["Dans les 7 jours", "bad"], Ended: ["Échue", "bad"],
};
const HOLDS = { True: ["Oui", "good"], False: ["Non", "bad"], Unknown: ["Indéterminé", "busy"] };
const SIGNS = { good: "✓", bad: "✕", busy: "…", idle: "‖" };

const badge = (words, code) => {
  const [text, tone] = words[code] ?? [code ?? "Inconnu", "busy"];
  return h("span", { class: `badge ${tone}` }, h("span", { "aria-hidden": "true" }, SIGNS[tone]), `\u00a0${text}`);
};

export const stateWord = (code) => STATES[code]?.[0] ?? code;
export const state = (code) => badge(STATES, code);
export const verdict = (code) => badge(VERDICTS, code);
export const stage = (code) => badge(STAGES, code);
export const holds = (status) => badge(HOLDS, status);
/** `located` of a workspace as a verdict. */
export const located = (status) => verdict({ True: "Located", False: "NotLocated" }[status] ?? "Unknown");

export const CONDITIONS = {
  Accepted: "Commande acceptée", Placed: "Sites choisis", Provisioned: "Installé sur les sites", Offered: "Versions au catalogue",
  Located: "Données là où les règles l’admettent", BackedUp: "Sauvegardé", Probed: "Flux réseau essayés", Compliant: "Conforme", Ready: "En service",
  Lasting: "Rien n’arrive à échéance sous 90 jours",
};
export const DATA = {
  Public: "Publiques", Staff: "Agents et gestion courante", Citizens: "Usagers", Pupils: "Élèves et étudiants",
  Social: "Aide sociale", Health: "Santé", StateSensitive: "Sensibles de l’État",
};
export const DAYS = {
  Monday: "lundi", Tuesday: "mardi", Wednesday: "mercredi", Thursday: "jeudi", Friday: "vendredi",
  Saturday: "samedi", Sunday: "dimanche",
};
export const CHANNELS = { Stable: "stable", LongTerm: "longue durée", Preview: "d’essai" };
export const KINDS = {
  Commune: "Commune", EPCI: "Intercommunalité (EPCI)", Departement: "Département", Region: "Région",
  EtablissementDeSante: "Établissement de santé", Rectorat: "Rectorat", EtablissementScolaire: "Établissement scolaire",
  Prefecture: "Préfecture", AdministrationCentrale: "Administration centrale", OperateurDeLEtat: "Opérateur de l’État",
  Groupement: "Groupement", Autre: "Autre",
};
export const UPDATES = {
  Pinned: "Quand nous le décidons (version figée)",
  FollowChannel: "D’elles-mêmes, dans la fenêtre de maintenance",
};
export const ROLES = { lecteur: "lecteur", gestionnaire: "gestionnaire", dpo: "DPO", hebergeur: "hébergeur" };
export const ACTIONS = {
  TenantRegistered: "Organisation enregistrée", TenantChanged: "Organisation modifiée", TenantDeleted: "Organisation supprimée",
  PolicyChanged: "Règles modifiées",
  WorkspaceOrdered: "Espace commandé", WorkspaceChanged: "Commande modifiée", WorkspacePlaced: "Sites choisis",
  DeletionRequested: "Suppression demandée, à confirmer", DeletionDropped: "Demande de suppression sans suite",
  WorkspaceDeleted: "Espace effacé de tous les sites", ReleaseChanged: "Version d’une application", Intervention: "Intervention remise en ordre", Paused: "Pilotage en pause", Resumed: "Pilotage repris",
};
export const LIMITS = {
  NodePlaceIsDeclared: "le lieu des nœuds : étiquettes et identifiants sont ce que le cluster dit de lui-même",
  StoragePlaceIsDeclared: "le lieu des volumes : c’est ce que l’hébergeur déclare de ses classes de stockage",
  VolumePlaceNotShown: "le lieu d’un volume au moins : ni sa topologie ni ce qui l’a fourni ne le montre",
  EncryptionIsDeclared: "le chiffrement des volumes : c’est ce que l’hébergeur déclare",
  VolumesNotSeen: "le lieu des volumes : aucun n’a été vu",
  BackupsNotSeen: "le lieu des sauvegardes : aucune n’a été vue",
  FlowsNotSeen: "les flux réels : les règles de réseau sont écrites, leur application n’a pas été observée",
  FlowsTriedFromOneNode: "les flux réels au-delà de ce qu’une sonde a essayé : depuis un seul nœud de chaque site, à un moment, vers les destinations jointes",
  ImageSignaturesNotVerified: "les signatures des images : seuls registre et empreinte ont été comparés",
  DocumentsNotVerified: "les documents sur le capital et les certificats : leurs signatures n’ont pas été vérifiées",
  BetweenObservations: "ce qui s’est passé entre deux observations",
};

/** Not rules of law, but what a site lacks. */
export const LACKS = {
  "SITE-UNKNOWN": "Le site est connu.", "SITE-UNREACHABLE": "Le site répond.", "SITE-NO-FLUX": "Le site a de quoi installer.",
  "SITE-CLOSED": "Le site prend de nouveaux espaces.", "SITE-FULL": "Le site a la place.",
};

/** What the API says within a sentence, as one of its own. */
export const sentence = (text) => text[0].toUpperCase() + text.slice(1).replace(/([^.!?])$/, "$1.");

/** What is wrong with a field and what to do, in sentences. */
export const advice = ({ rule = "", fix = "" }) => [rule, fix].filter(Boolean).map(sentence).join(" ");

export const word = (words, code) => words[code] ?? code;
export const words = (all, codes) => (codes ?? []).map((code) => word(all, code)).join(", ");

const regions = new Intl.DisplayNames(["fr"], { type: "region", fallback: "code" });
export const country = (code) => {
  try {
    return code ? regions.of(code) : "pays inconnu";
  } catch {
    return code;
  }
};

/** An app's AI models in one line: licence, where each runs and for whom, whether it learns from one's data. What is not said is told so. */
export const models = (all = []) => (all.length === 0 ? "Modèles d’IA : aucun n’est déclaré."
  : `${all.length > 1 ? "Modèles" : "Modèle"} d’IA : ${all.map(model).join(" ; ")}.`);

const model = ({ name, licence, trainedOnTenantData: trained, ...where }) => [
  `${name} (${licence ? `licence ${licence}` : "sans licence déclarée"})`,
  running(where),
  trained === undefined ? "sans rien dire d’un entraînement sur vos données" : trained ? "entraîné sur vos données" : "non entraîné sur vos données",
].join(", ");

const running = ({ inference, inferenceCountry: land, inferenceSubdivision: part, inferenceProvider: by }) => {
  if (inference === "InWorkspace") return "exécuté dans l’espace, sur ses sites";
  if (!inference && !land && !by) return "exécuté on ne sait où";
  return [`exécuté ailleurs${by ? ` par ${by}` : ", on ne sait par qui"}`, land ? `lieu déclaré : ${[country(land), part].filter(Boolean).join(", ")}` : "pays non déclaré"].join(", ");
};

/** "1 espace", "2 espaces". */
export const count = (number, noun) => `${number} ${noun}${number > 1 ? "s" : ""}`;

/** A version to stay on or a channel to follow. */
export const choice = ({ version, channel }) => (version ? `version ${version}` : `canal ${word(CHANNELS, channel)}`);

/** A window in a sentence. */
export const hours = (w) => w && `${words(DAYS, w.days)}, à ${w.start} pendant ${w.durationMinutes} min (${w.timeZone})`;
