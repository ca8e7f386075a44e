// Where one was in each view that one went through, to be there again on the way back.

const places = new Map();
/** The entry of the browser's history that one is at. */
let entry;

/** Tells the browser that this page does so itself: it comes back to a view before there is anything in it. */
export function keepPlaces() {
  history.scrollRestoration = "manual";
  enter();
}

/** Called when one has gone to another entry; gives the place where one left it, if one was there before. */
export function come() {
  places.set(entry, { top: scrollY, id: document.activeElement.id });
  enter();
  return places.get(entry);
}

function enter() {
  entry = history.state?.entry;
  if (entry) return;
  entry = performance.timeOrigin + performance.now();
  history.replaceState({ entry }, "");
}
