// Puts views into the page: another view, or the same as it is now.

/** Another view; with `focus`, its title is gone to, or the `place` where one left it. */
export function replace(main, made, focus, place) {
  closeDialogs();
  main.replaceChildren(made.body);
  const title = main.querySelector("h1");
  title.tabIndex = -1;
  scrollTo(0, place?.top ?? 0);
  const left = place?.id ? document.getElementById(place.id) : null;
  if (focus) (main.contains(left) ? left : title).focus({ preventScroll: true });
}

/** The same view as it is now: focus, what one typed, open details and scroll stay; what has focus stays where it is seen. */
export function update(main, made) {
  const title = made.body.querySelector("h1");
  if (title) title.tabIndex = -1;
  if (main.firstElementChild?.isEqualNode(made.body)) return;
  const focused = main.contains(document.activeElement) ? document.activeElement : null;
  const way = focused && trail(main, focused);
  const top = focused?.getBoundingClientRect().top;
  const selection = focused && selected(focused);
  const open = [...main.querySelectorAll("details[open]")].map((details) => trail(main, details));
  const typed = [...main.querySelectorAll("input[id]:not([type=file]), select[id], textarea[id]")].filter(changed);
  main.replaceChildren(made.body);
  for (const one of open) if (at(main, one)?.matches("details")) at(main, one).open = true;
  for (const old of typed) {
    const now = document.getElementById(old.id);
    if (now && now.type === old.type) Object.assign(now, /^(checkbox|radio)$/.test(old.type) ? { checked: old.checked } : { value: old.value });
    // What one chose may be gone.
    if (now?.selectedIndex === -1) now.selectedIndex = 0;
  }
  if (!focused) return;
  const same = at(main, way);
  const now = same ?? title ?? main;
  now.focus({ preventScroll: true });
  // What came or went above it would take it out of sight, unless that is what it was asked for.
  if (same && !same.matches("[data-gives-way]") && top >= 0 && top < innerHeight) scrollBy({ top: now.getBoundingClientRect().top - top, behavior: "instant" });
  if (selection && selected(now)) now.setSelectionRange(...selection);
}

/** Closes every question: what it asked about is no longer shown. */
export function closeDialogs() {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
}

/** Whether someone typed or chose something else than was there. */
const changed = (field) => (field.matches("select") ? [...field.options].some((option) => option.selected !== option.defaultSelected)
  : field.checked !== field.defaultChecked || field.value !== field.defaultValue);

const selected = (field) => (field.matches("textarea, input:is([type=search], [type=text], :not([type]))")
  ? [field.selectionStart, field.selectionEnd] : null);

/** Where an element stands: its id, or its place at each depth; rows come and go, so their place says nothing. */
function trail(main, element) {
  if (element.id) return element.id;
  if (element.closest("tbody")) return null;
  const way = [];
  for (let node = element; node !== main; node = node.parentElement) way.unshift([...node.parentElement.children].indexOf(node));
  return way;
}

const at = (main, way) => (typeof way === "string" ? document.getElementById(way) : way?.reduce((node, place) => node?.children[place], main));
