// Makes elements. Everything from the API is untrusted text: only text nodes and attributes are written here,
// never HTML, and only paths of this page or https become links.

const SVG = "http://www.w3.org/2000/svg";

/** An element: properties named `on…` are listeners, `false`, `null` and `undefined` are left out. */
export const h = (tag, props, ...children) => make(document.createElement(tag), props, children);

/** The same in SVG. */
export const svg = (tag, props, ...children) => make(document.createElementNS(SVG, tag), props, children);

function make(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2).toLowerCase(), value);
    else if (name === "href" && !/^(#|\/|https:)/.test(value)) element.setAttribute("title", value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  const flat = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
  const foreign = element.lang || element.localName === "code";
  element.append(...flat.map((child) => (typeof child === "string" && !foreign ? typeset(child) : child)));
  return element;
}

/** French signs stay on the line of their word. Names, digests and the like have no space before a sign. */
export const typeset = (text) => text.replace(/ (?=[:;!?»](?:\s|[.,)]|$))|(?<=«|n°) /g, "\u00a0");

/** Text of signed evidence, which is written in English and stays as it is. */
export const english = (text) => (text ? h("span", { lang: "en" }, text) : null);

/** A moment, for people. */
export function time(text) {
  const date = new Date(text);
  if (!text || Number.isNaN(date.getTime())) return "inconnu";
  const words = date.toLocaleString("fr-FR", { dateStyle: "medium", timeStyle: "short" });
  return h("time", { datetime: text }, words);
}

/** The time zone of all moments, in any season. */
export function zone() {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const parts = new Intl.DateTimeFormat("fr-FR", { timeZone, timeZoneName: "longGeneric" }).formatToParts();
  return `${parts.find(({ type }) => type === "timeZoneName").value} (${timeZone})`;
}

/** A day, which is the same wherever one reads it. */
export const day = (text) => new Date(text).toLocaleDateString("fr-FR", { timeZone: "UTC" });

/** A button. */
export const button = (text, onclick, props) => h("button", { type: "button", onclick, ...props }, text);

/** Names and digests that may be longer than a cell is wide, where nothing in them lets a line end. */
const LONG = /[^\s-]{18,}/;

/**
 * A table that stacks on narrow screens; roles are written out since stacking takes them away.
 * `columns` are headings, `rows` lists of cells; the first cell of a row names it.
 */
export function table(caption, columns, rows, props) {
  const head = columns.map((name) => h("th", { scope: "col", role: "columnheader" }, name));
  const cell = (content, at) => {
    const element = at === 0
      ? h("th", { scope: "row", role: "rowheader" }, content)
      : h("td", { role: "cell", "data-label": columns[at] }, content ?? "—");
    element.classList.toggle("long", LONG.test(element.textContent));
    return element;
  };
  return h("table", { role: "table", ...props },
    h("caption", {}, caption),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, head)),
    h("tbody", { role: "rowgroup" }, rows.map((row) => h("tr", { role: "row" }, row.map(cell)))));
}

/** Names and values. */
export const facts = (pairs) =>
  h("dl", {}, pairs.filter(([, value]) => value).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));

export const list = (items, props) => h("ul", props, items.map((item) => h("li", {}, item)));

/**
 * A question in a dialog; resolves to what `read` gives, or undefined. The browser gives focus back. What the page says
 * comes along: nothing behind an open question is in reach.
 */
export function ask({ title, body, confirm, danger, read = () => true }) {
  return new Promise((resolve) => {
    let answer;
    const close = () => dialog.close();
    const send = (event) => {
      event.preventDefault();
      answer = read();
      close();
    };
    const said = document.querySelector(".said");
    const end = () => {
      document.body.append(said);
      dialog.remove();
      resolve(answer);
    };
    const dialog = h("dialog", { "aria-labelledby": "question", onclose: end },
      h("article", {}, h("form", { onsubmit: send },
        h("h2", { id: "question" }, title), body,
        h("footer", {},
          button("Annuler", close, { class: "secondary" }),
          h("button", { type: "submit", class: danger && "danger" }, confirm)))), said);
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Hands a file to the person. */
export function download(bytes, name, type) {
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
