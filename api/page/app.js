// The page: who one is, which view the address names, what changed meanwhile.
//
// Pipeline: way back from signing in → who am I → route (#/…) → view {title, body, summary?, concerns?} → shown.
// A view is a function of the context and the parts of the address; it is asked again when an event concerns it,
// and takes the place of what was there without moving focus.

import { hold, load, session } from "./api.js";
import { button, h, list } from "./dom.js";
import { drafts, forget } from "./drafts.js";
import { listen } from "./events.js";
import { route } from "./route.js";
import { comeBack, signInAgain, signInView } from "./signin.js";
import { closeDialogs, replace, update } from "./swap.js";
import { later, sessionEnd, soon, turns, warning } from "./timing.js";
import { accessView } from "./views/access.js";
import { changeView } from "./views/change.js";
import { checkView } from "./views/check.js";
import { detailView } from "./views/detail.js";
import { evidenceView } from "./views/evidence.js";
import { explanationView } from "./views/explanation.js";
import { listView } from "./views/list.js";
import { logView } from "./views/log.js";
import { orderView } from "./views/order.js";
import { outdate, problemView } from "./views/parts.js";
import { tenantsView } from "./views/tenants.js";
import { ROLES, words } from "./words.js";

const ROUTES = [
  [/^\/?$/, listView], [/^\/commander$/, orderView], [/^\/organisations$/, tenantsView], [/^\/journal$/, logView],
  [/^\/verifier$/, checkView, "public"], [/^\/accessibilite$/, accessView, "public"],
  [/^\/espaces\/([^/]+)$/, detailView], [/^\/espaces\/([^/]+)\/explication$/, explanationView],
  [/^\/espaces\/([^/]+)\/preuves$/, evidenceView], [/^\/espaces\/([^/]+)\/modifier$/, changeView],
];
const EXPIRED = "Votre session a expiré : reconnectez-vous pour revenir où vous étiez.";
const BYE = "Vous êtes déconnecté de cette page. Votre fournisseur d’identité, lui, peut vous garder connecté.";

const find = (id) => document.getElementById(id);
const main = find("contenu");
const turn = turns();
let me;
let why;
let shown = {};
let first = true;
let leaving;
/** Whichever turn comes to be shown says it, and goes to its title: a later one takes over. */
let toSay;
let toFocus = false;
/** Something was to be shown while a question was open. */
let missed = false;
/** One was told that the session ends. */
let warned = false;
let endings = [];
let stopListening = () => {};

/** Whether one may "order", take "evidence" or read the "log" there; without a tenant, anywhere. */
const may = (action, tenant) => (me.hoster && action !== "order")
  || me.tenants.some(({ name, may: allowed }) => (!tenant || name === tenant) && allowed.includes(action));

/** Says something, for as long as one wants to read it; `more` are buttons. */
function say(text, alarm = false, ...more) {
  const close = () => note.remove();
  const note = h("p", { class: alarm ? "alarm" : "" }, text, " ", more, " ", button("Fermer", close, { class: "secondary" }));
  hush();
  find(alarm ? "alarm" : "said").append(note);
}
new ResizeObserver(([{ target }]) => document.documentElement.style.setProperty("--said", `${target.offsetHeight}px`))
  .observe(document.querySelector(".said"));
const hush = () => { for (const id of ["said", "alarm"]) find(id).replaceChildren(); };

/** Shows what the address names; a message goes with it. */
async function show({ focus = true, message, alarm } = {}) {
  const last = turn.begin();
  if (message) toSay = [message, alarm];
  if (focus) toFocus = true;
  main.setAttribute("aria-busy", "true");
  const asked = route(ROUTES, location.hash);
  const made = await make(asked);
  if (!last()) return;
  main.removeAttribute("aria-busy");
  missed = !toFocus && Boolean(document.querySelector("dialog[open]"));
  if (!missed) {
    if (toFocus) replace(main, made, !first);
    else update(main, made);
    if (!toFocus && made.summary && made.summary !== shown.summary) find("news").textContent = made.summary;
    shown = made;
    first = toFocus = false;
  }
  document.title = `${made.title} – Beffroi`;
  for (const link of document.querySelectorAll("#menu a"))
    if (link.getAttribute("href") === `#${asked.way || "/"}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  if (toSay) say(...toSay);
  toSay = undefined;
}

/** The view that is asked for, or what stands in its way. */
async function make({ query, view, access, parts }) {
  const open = access === "public";
  try {
    if (session.token && !me && open) enter().catch(() => {});
    else if (session.token && !me) await enter();
    if (!session.token && !open) return signInView(why);
    if (!view) return problemView({ status: 404, message: "Cette page n’existe pas." });
    return await view(context(query), ...parts);
  } catch (problem) {
    return !session.token && !open ? signInView(why) : problemView(problem, () => show());
  }
}

/** What views know and may call. */
const context = (query) => ({
  me, may, say, query,
  orders: me?.tenants.filter(({ name }) => may("order", name)) ?? [],
  drafts: me && drafts(sessionStorage, `${me.issuer} ${me.subject}`),
  refresh: (message, alarm) => show({ focus: false, message, alarm }),
  again: (message, alarm) => show({ message, alarm }),
  leaveWith: (hash, text) => { leaving = text; location.hash = hash; },
});

let entering;
/** Asks who one is, once however often it is called. */
const enter = () => (entering ??= begin().finally(() => { entering = undefined; }));

/** Menu and name once one is known; the stream of events; the end of the session. */
async function begin() {
  const { token } = session;
  const { data, served } = await load("/v1/me").catch((problem) => {
    if (problem.status === 403) leave(problem.message);
    throw problem;
  });
  if (session.token !== token) return;
  me = data;
  why = undefined;
  hold(token, sessionEnd({ expires: me.expires, served, known: session.expires }));
  const links = [["#/", "Espaces de travail"], may("order") && ["#/commander", "Commander"],
    me.hoster && ["#/organisations", "Organisations"], may("log") && ["#/journal", "Journal"], ["#/verifier", "Vérifier une preuve"]];
  find("menu").replaceChildren(list(links.filter(Boolean).map(([href, name]) => h("a", { href }, name))));
  const roles = me.hoster ? ROLES.hebergeur : words(ROLES, [...new Set(me.tenants.flatMap((tenant) => tenant.roles))]);
  find("who").replaceChildren(h("span", {}, me.name ?? me.subject, h("small", {}, roles)),
    button("Se déconnecter", () => leave(BYE, true), { class: "secondary" }));
  find("menu").hidden = find("who").hidden = false;
  const left = session.expires - Date.now();
  endings = [later(() => leave(EXPIRED), left), later(warn, left - warning(left))];
  stopListening = listen(heard, (open) => {
    find("live").textContent = open ? "Suivi en direct." : "Suivi en direct interrompu, nouvelle tentative…";
  });
}

const again = (text) => button(text, () => signInAgain().catch((problem) => say(problem.message, true)), { class: "secondary" });

function warn() {
  warned = true;
  const end = new Date(session.expires).toLocaleTimeString("fr-FR", { timeStyle: "short" });
  say(`Votre session se termine à ${end}. Ce que vous saisissez dans une commande ou un changement est gardé.`, false, again("Prolonger la session"));
}

/** Ends the session; one who leaves by herself leaves nothing behind. What is open to all stays as it is. */
function leave(message, bye = false) {
  stopListening();
  endings.forEach((cancel) => cancel());
  hold(null);
  me = undefined;
  warned = false;
  why = message;
  if (bye) forget(sessionStorage);
  find("menu").hidden = find("who").hidden = true;
  find("live").textContent = "";
  hush();
  closeDialogs();
  if (bye && location.hash !== "#/") location.hash = "#/";
  else if (!bye && route(ROUTES, location.hash).access === "public") say(message, false, again("Se reconnecter"));
  else show();
}

/** Events come in bursts: one refresh for each. */
const refresh = soon(() => show({ focus: false }), 300);

function heard(event) {
  outdate(event);
  if (shown.concerns?.(event)) refresh.ask();
}

find("evitement").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });
session.addEventListener("expired", () => session.token && leave(EXPIRED));
addEventListener("hashchange", () => {
  refresh.cancel();
  closeDialogs();
  hush();
  if (warned) warn();
  show({ message: leaving });
  leaving = undefined;
});
// A dialog's end does not bubble.
document.addEventListener("close", () => {
  if (missed) refresh.ask();
  missed = false;
}, true);

const failed = await comeBack();
why = failed;
await show(session.token && failed ? { message: failed, alarm: true } : {});
