// The page: who one is, which view the address names, what changed meanwhile.
//
// Pipeline: way back from signing in → who am I → route (#/…) → view {title, body, summary?, concerns?, partly?} → shown.
// A view is a function of the context and the parts of the address; it is asked again when an event concerns it,
// and takes the place of what was there without moving focus. One that also changes without an event is followed `partly`.

import { hold, load, session } from "./api.js";
import { button, h, list, zone } from "./dom.js";
import { drafts, forget } from "./drafts.js";
import { listen } from "./events.js";
import { come, keepPlaces } from "./places.js";
import { route } from "./route.js";
import { comeBack, signInAgain, signInView } from "./signin.js";
import { closeDialogs, replace, update } from "./swap.js";
import { later, sessionEnd, soon, turns, warning } from "./timing.js";
import { accessView } from "./views/access.js";
import { changeView } from "./views/change.js";
import { detailView } from "./views/detail.js";
import { evidenceView } from "./views/evidence.js";
import { explanationView } from "./views/explanation.js";
import { listView } from "./views/list.js";
import { logView } from "./views/log.js";
import { orderView } from "./views/order.js";
import { outdate, problemView } from "./views/parts.js";
import { providerView } from "./views/provider.js";
import { tenantsView } from "./views/tenants.js";
import { ROLES, words } from "./words.js";

/** Loaded once it is opened: every sentence that evidence can hold comes with it. */
const checkView = async (asked) => {
  const view = await import("./views/check.js").catch(() => {
    throw new Error("Cette page n’a pas pu être chargée. Vérifiez la connexion et réessayez.");
  });
  return view.checkView(asked);
};

const ROUTES = [
  [/^\/?$/, listView], [/^\/commander$/, orderView], [/^\/organisations$/, tenantsView], [/^\/journal$/, logView],
  [/^\/verifier$/, checkView, "public"], [/^\/accessibilite$/, accessView, "public"],
  [/^\/espaces\/([^/]+)$/, detailView], [/^\/espaces\/([^/]+)\/explication$/, explanationView],
  [/^\/fournisseurs\/([^/]+)$/, providerView],
  [/^\/espaces\/([^/]+)\/preuves$/, evidenceView], [/^\/espaces\/([^/]+)\/modifier$/, changeView],
];
const EXPIRED = "Votre session a expiré : reconnectez-vous pour revenir où vous étiez.";
const BYE = "Vous êtes déconnecté de cette page. Votre fournisseur d’identité, lui, peut vous garder connecté.";

/** The longest that one presses: a menu of the system, a list of choices and a drag keep its end to themselves. */
const PRESS = 3000;

/** How long after a redraw that nobody asked for has failed it is tried again. */
const PATIENCE = 5000;

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
let place;
/** Gives up the end of a press, while one presses: what is drawn anew before one lets go takes the click with it. */
let pressing;
/** Something was to be shown while a question was open, or while one was pressing. */
let missed = false;
/** The events that come while a view is made: it may be older than they are. */
let meanwhile;
/** What is shown is behind: it could not be read again. */
let behind = false;
/** Whether the stream of events is open; undefined where there is none. */
let streaming;
let endings = [];
let trying = () => {};
let stopListening = () => {};

/** Whether one may "order", take "evidence" or read the "log" there; without a tenant, anywhere. */
const may = (action, tenant) => (me.hoster && action !== "order")
  || me.tenants.some(({ name, may: allowed }) => (!tenant || name === tenant) && allowed.includes(action));

/** Says something, for as long as one wants to read it. */
function say(text, alarm = false, ...buttons) {
  hush();
  tell(alarm ? "alarm" : "said", text, buttons);
}

/** Says it in one of the places for that. */
function tell(id, text, buttons) {
  const close = () => note.remove();
  const note = h("p", { class: id === "alarm" && "alarm" }, text, " ", buttons, " ", button("Fermer", close, { class: "secondary" }));
  find(id).replaceChildren(note);
}
new ResizeObserver(([{ target }]) => document.documentElement.style.setProperty("--said", `${target.offsetHeight}px`))
  .observe(document.querySelector(".said"));
const hush = () => { for (const id of ["said", "alarm"]) find(id).replaceChildren(); };

/** Says whether one sees what changes as it changes. */
function tellLive() {
  const followed = streaming !== undefined && shown.concerns && !shown.partly;
  find("live").textContent = !followed ? "" : streaming && !behind ? "Suivi en direct." : "Suivi en direct interrompu, nouvelle tentative…";
}

/** Shows what the address names; a message goes with it. Where nobody asked for it, what fails for now is tried again. */
async function show({ focus = true, left, message, alarm, unasked = false } = {}) {
  const last = turn.begin();
  trying();
  meanwhile = [];
  if (message) toSay = [message, alarm];
  if (focus) [toFocus, place] = [true, left];
  main.setAttribute("aria-busy", "true");
  const asked = route(ROUTES, location.hash);
  const made = await make(asked);
  if (!last()) return;
  main.removeAttribute("aria-busy");
  const came = meanwhile;
  meanwhile = undefined;
  behind = unasked && !toFocus && !toSay && Boolean(made.passing);
  if (behind) {
    trying = later(refresh.ask, PATIENCE);
    tellLive();
    return;
  }
  missed = !toFocus && held();
  if (!missed) {
    if (toFocus) replace(main, made, !first, place);
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
  tellLive();
  if (came.some((event) => made.concerns?.(event))) refresh.ask();
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
    streaming = open;
    tellLive();
  });
}

const again = (text) => button(text, () => signInAgain().catch((problem) => say(problem.message, true)), { class: "secondary" });

/** Stays until it is answered, closed or true, whatever else is said meanwhile. */
function warn() {
  const end = new Date(session.expires).toLocaleTimeString("fr-FR", { timeStyle: "short" });
  tell("fin", `Votre session se termine à ${end}. Ce que vous saisissez dans une commande ou un changement est gardé.`, [again("Prolonger la session")]);
}

/** Ends the session; one who leaves by herself leaves nothing behind. What is open to all stays as it is. */
function leave(message, bye = false) {
  stopListening();
  endings.forEach((cancel) => cancel());
  hold(null);
  me = streaming = undefined;
  why = message;
  if (bye) forget(sessionStorage);
  find("menu").hidden = find("who").hidden = true;
  tellLive();
  hush();
  find("fin").replaceChildren();
  closeDialogs();
  if (bye && location.hash !== "#/") location.hash = "#/";
  else if (!bye && route(ROUTES, location.hash).access === "public") say(message, false, again("Se reconnecter"));
  else show();
}

/** Events come in bursts: one refresh for each. */
const refresh = soon(() => show({ focus: false, unasked: true }), 300);

function heard(event) {
  outdate(event);
  if (meanwhile) meanwhile.push(event);
  else if (shown.concerns?.(event)) refresh.ask();
}

find("evitement").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });
session.addEventListener("expired", () => session.token && leave(EXPIRED));
addEventListener("hashchange", () => {
  refresh.cancel();
  closeDialogs();
  hush();
  show({ left: come(), message: leaving });
  leaving = undefined;
});
// On paper nobody opens anything.
addEventListener("beforeprint", () => {
  for (const details of main.querySelectorAll("details:not([open])")) Object.assign(details, { open: true }).dataset.onPaper = "";
});
addEventListener("afterprint", () => {
  for (const details of main.querySelectorAll("details[data-on-paper]")) {
    details.open = false;
    delete details.dataset.onPaper;
  }
});
const held = () => Boolean(pressing || document.querySelector("dialog[open]"));

/** What was to be shown is asked for again. */
function makeUp() {
  if (!missed || held()) return;
  missed = false;
  refresh.ask();
}
// A dialog's end does not bubble.
document.addEventListener("close", makeUp, true);

function letGo() {
  pressing?.();
  pressing = undefined;
  makeUp();
}
addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  pressing?.();
  pressing = later(letGo, PRESS);
}, true);
for (const end of ["pointerup", "pointercancel", "contextmenu", "dragstart"]) addEventListener(end, letGo, true);

find("heures").textContent = `Heures affichées\u00a0: ${zone()}.`;
const failed = await comeBack();
keepPlaces();
why = failed;
await show(session.token && failed ? { message: failed, alarm: true } : {});
