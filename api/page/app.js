// The page: who one is, which view the address names, what changed meanwhile.
//
// Pipeline: way back from signing in → who am I → route (#/…) → view {title, body, summary?, concerns?} → shown.
// A view is a function of the context and the parts of the address; it is asked again when an event concerns it,
// and takes the place of what was there without moving focus.

import { get, hold, session } from "./api.js";
import { button, h, list } from "./dom.js";
import { listen } from "./events.js";
import { comeBack, signInView } from "./signin.js";
import { accessView } from "./views/access.js";
import { checkView } from "./views/check.js";
import { detailView } from "./views/detail.js";
import { evidenceView } from "./views/evidence.js";
import { explanationView } from "./views/explanation.js";
import { listView } from "./views/list.js";
import { logView } from "./views/log.js";
import { changeView, orderView } from "./views/order.js";
import { problemView } from "./views/parts.js";
import { ROLES, words } from "./words.js";

const ROUTES = [
  [/^\/?$/, listView], [/^\/commander$/, orderView], [/^\/journal$/, logView],
  [/^\/verifier$/, checkView, "public"], [/^\/accessibilite$/, accessView, "public"],
  [/^\/espaces\/([^/]+)$/, detailView], [/^\/espaces\/([^/]+)\/explication$/, explanationView],
  [/^\/espaces\/([^/]+)\/preuves$/, evidenceView], [/^\/espaces\/([^/]+)\/modifier$/, changeView],
];

const find = (id) => document.getElementById(id);
const main = find("contenu");
let me;
let why;
let turn = 0;
let shown = {};
let toSay;
let timers = [];
let stopListening = () => {};

/** Whether one may "order", take "evidence" or read the "log" there; without a tenant, anywhere. */
const may = (action, tenant) => (me.hoster && action !== "order")
  || me.tenants.some(({ name, may: allowed }) => (!tenant || name === tenant) && allowed.includes(action));

function say(text, alarm = false) {
  const close = () => note.remove();
  const note = h("p", { class: alarm ? "alarm" : "" }, text, " ", button("Fermer", close, { class: "secondary" }));
  find("said").replaceChildren();
  find("alarm").replaceChildren();
  find(alarm ? "alarm" : "said").append(note);
}

/** Shows what the address names; a message goes with it. */
async function show({ focus = true, message, alarm } = {}) {
  const mine = (turn += 1);
  // Whichever turn comes to be shown says it: a later one takes over.
  if (message) toSay = [message, alarm];
  const [route, search] = location.hash.slice(1).split("?");
  const [, view, access] = ROUTES.find(([pattern]) => pattern.test(route)) ?? [];
  const parts = view ? ROUTES.find((one) => one[1] === view)[0].exec(route).slice(1).map(decodeURIComponent) : [];
  const refresh = (text, alarming) => show({ focus: false, message: text, alarm: alarming });
  const leaveWith = (hash, text) => { leaving = text; location.hash = hash; };
  const orders = me?.tenants.filter(({ name }) => may("order", name)) ?? [];
  const context = { me, may, say, refresh, leaveWith, orders, query: new URLSearchParams(search) };
  main.setAttribute("aria-busy", "true");
  let made;
  try {
    if (!session.token && access !== "public") made = signInView(why);
    else if (!view) made = problemView({ status: 404, message: "Cette page n’existe pas." });
    else made = await view(context, ...parts);
  } catch (problem) {
    if (mine !== turn || !session.token) return;
    made = problemView(problem);
  }
  if (mine !== turn) return;
  main.removeAttribute("aria-busy");
  if (focus) replace(made);
  else update(made);
  shown = made;
  document.title = `${made.title} – Beffroi`;
  for (const link of document.querySelectorAll("#menu a"))
    if (link.getAttribute("href") === `#${route || "/"}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  if (toSay) say(...toSay);
  toSay = undefined;
}

let first = true;
let leaving;

/** Another view: focus goes to its title, but on the first one, which begins where every page begins. */
function replace(made) {
  main.replaceChildren(made.body);
  const title = main.querySelector("h1");
  title.tabIndex = -1;
  scrollTo(0, 0);
  if (!first) title.focus({ preventScroll: true });
  first = false;
}

/** The same view as it is now: focus, open details and scroll stay; what changed is told once. */
function update(made) {
  const old = main.firstElementChild;
  if (document.querySelector("dialog[open]")) return;
  const title = made.body.querySelector("h1");
  if (title) title.tabIndex = -1;
  const focused = main.contains(document.activeElement) ? trail(document.activeElement) : null;
  const open = [...main.querySelectorAll("details[open]")].map(trail);
  if (old?.isEqualNode(made.body)) return;
  main.replaceChildren(made.body);
  for (const way of open) if (at(way)?.matches("details")) at(way).open = true;
  if (focused) (at(focused) ?? title ?? main).focus({ preventScroll: true });
  if (made.summary && made.summary !== shown.summary) find("news").textContent = made.summary;
}

/** Where an element stands: its id, or its place at each depth. */
function trail(element) {
  if (element.id) return element.id;
  const way = [];
  for (let node = element; node !== main; node = node.parentElement) way.unshift([...node.parentElement.children].indexOf(node));
  return way;
}
const at = (way) => (typeof way === "string" ? find(way) : way.reduce((node, place) => node?.children[place], main));

/** Menu and name once one is known; the stream of events; the end of the session. */
async function enter() {
  me = await get("/v1/me");
  why = undefined;
  hold(session.token, Date.parse(me.expires));
  const links = [["#/", "Espaces de travail"], may("order") && ["#/commander", "Commander"],
    may("log") && ["#/journal", "Journal"], ["#/verifier", "Vérifier une preuve"]];
  find("menu").replaceChildren(list(links.filter(Boolean).map(([href, name]) => h("a", { href }, name))));
  const roles = me.hoster ? ROLES.hebergeur : words(ROLES, [...new Set(me.tenants.flatMap((tenant) => tenant.roles))]);
  find("who").replaceChildren(h("span", {}, me.name ?? me.subject, h("small", {}, roles)),
    button("Se déconnecter", () => leave("Vous êtes déconnecté de cette page. Votre fournisseur d’identité, lui, peut vous garder connecté.", true), { class: "secondary" }));
  find("menu").hidden = find("who").hidden = false;
  const left = session.expires - Date.now();
  const warn = () => say(`Votre session se termine à ${new Date(session.expires).toLocaleTimeString("fr-FR", { timeStyle: "short" })}. Ce que vous saisissez dans une commande est gardé.`);
  timers = [setTimeout(() => leave(EXPIRED), left), left > 180_000 && setTimeout(warn, left - 120_000)];
  stopListening = listen(heard, (open) => {
    find("live").textContent = open ? "Suivi en direct." : "Suivi en direct interrompu, nouvelle tentative…";
  });
}

const EXPIRED = "Votre session a expiré : reconnectez-vous pour revenir où vous étiez.";

function leave(message, home) {
  stopListening();
  timers.forEach(clearTimeout);
  hold(null);
  me = undefined;
  why = message;
  find("menu").hidden = find("who").hidden = true;
  find("live").textContent = "";
  for (const id of ["said", "alarm"]) find(id).replaceChildren();
  if (home && location.hash !== "#/") location.hash = "#/";
  else show();
}

/** Events come in bursts: one refresh for each. */
let waiting;
function heard(event) {
  if (!shown.concerns?.(event)) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => show({ focus: false }), 300);
}

find("evitement").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });
session.addEventListener("expired", () => session.token && leave(EXPIRED));
addEventListener("hashchange", () => {
  for (const id of ["said", "alarm"]) find(id).replaceChildren();
  show({ message: leaving });
  leaving = undefined;
});

why = await comeBack();
if (session.token) await enter().catch((problem) => { if (session.token) { say(problem.message, true); hold(null); } });
await show();
