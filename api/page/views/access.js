// What is known of this page's accessibility.

import { h, list } from "../dom.js";

export function accessView() {
  const body = h("div", {},
    h("h1", {}, "Accessibilité"),
    h("p", {}, "Cette page est écrite pour le RGAA 4.1 (WCAG 2.2, niveau AA). Aucun audit n’en a encore été fait par un tiers : elle se déclare donc « non conforme » (décret n° 2019-768 et RGAA)."),
    h("h2", {}, "Ce qui est fait"),
    list([
      "Tout se fait au clavier ; le point d’attention est visible, et mené au titre à chaque changement de vue, ou, au retour, là où l’on en était.",
      "Un état n’est jamais dit par la seule couleur ; chaque carte a un tableau qui dit la même chose.",
      "Chaque vue est contrôlée par axe-core, en clair et en sombre, sur grand écran, sur téléphone et à 320 pixels de large, à chaque changement du logiciel.",
      "L’API et la commande « beffroi » donnent les mêmes informations sans cette page.",
    ]),
    h("h2", {}, "Ce que l’on sait imparfait"),
    list([
      "Une preuve signée est montrée telle qu’elle a été signée : ses textes sont en anglais, et leur langue est indiquée.",
      "Ce que disent les outils de Kubernetes et que Beffroi répète (un échec d’installation, par exemple) reste en anglais, sans que sa langue soit indiquée.",
      "La référence de l’API est en anglais.",
      "Une session dure le temps que fixe votre fournisseur d’identité. Deux minutes avant sa fin, la page propose de la prolonger ; c’est lui qui le fait, et la page se recharge.",
    ]),
    h("h2", {}, "Signaler un défaut"),
    h("p", {}, "Écrivez à votre hébergeur. Sans réponse, le Défenseur des droits peut être saisi."));
  return { title: "Accessibilité", body };
}
