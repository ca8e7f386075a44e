// Asks the API: who one is (a token in memory and in sessionStorage), problems (RFC 9457), entity tags, pages.

const KEPT = "beffroi.session";

/** Says "expired" when the API no longer takes the token. */
export const session = Object.assign(new EventTarget(), { token: null, expires: 0 });

/** Takes a token, or with none leaves. */
export function hold(token, expires = 0) {
  Object.assign(session, { token, expires });
  if (token) sessionStorage.setItem(KEPT, JSON.stringify({ token, expires }));
  else sessionStorage.removeItem(KEPT);
}

const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
if (kept?.expires > Date.now()) hold(kept.token, kept.expires);

/** What the API says went wrong. */
export class Problem extends Error {
  constructor(status, { title, detail, errors, requestId, type } = {}) {
    super(detail ?? title ?? `L’API a répondu ${status}.`);
    Object.assign(this, { status, title, errors: errors ?? [], requestId, type });
  }
}

/** A path whose parts are escaped. */
export const path = (strings, ...parts) => String.raw({ raw: strings }, ...parts.map(encodeURIComponent));

/** The newest version that one wrote: what is read next is at least as new, on whichever replica. */
let written;

/** Headers that say who one is. */
export const identified = (headers = {}) => (session.token
  ? { Authorization: `Bearer ${session.token}`, ...(written && { "Beffroi-At-Least": written }), ...headers } : headers);

/** An answer, or a `Problem`. */
export async function answer(address, { headers, ...options } = {}) {
  let response;
  const all = identified({ "Accept-Language": "fr", ...headers });
  try {
    response = await fetch(address, { ...options, headers: all, credentials: "omit", cache: "no-cache" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { title: "L’API ne répond pas", detail: "L’API ne répond pas. Vérifiez la connexion et réessayez." });
  }
  if (response.ok) return response;
  const said = await response.json().catch(() => ({}));
  if (response.status === 401 && all.Authorization) session.dispatchEvent(new Event("expired"));
  throw new Problem(response.status, said);
}

async function read(response) {
  const data = response.status === 204 ? null : await response.json();
  return { data, etag: response.headers.get("ETag"), served: response.headers.get("Date") };
}

/** An object, its entity tag, and what the server's clock said. */
export const load = async (address, options) => read(await answer(address, options));

/** An object. */
export const get = async (address, options) => (await load(address, options)).data;

/** Changes something: `etag` is what one saw, `key` makes a creation safe to repeat. */
export async function send(method, address, body, { etag, key, signal } = {}) {
  const headers = {};
  if (body) headers["Content-Type"] = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  if (etag) headers["If-Match"] = etag;
  if (key) headers["Idempotency-Key"] = key;
  const done = await read(await answer(address, { method, headers, signal, body: body && JSON.stringify(body) }));
  written = done.etag ?? written;
  return done;
}

/** The first `count` pages of a list, and the cursor of the next. */
export async function pages(address, count = 1, limit = 50) {
  const items = [];
  let next;
  for (let page = 0; page < count; page += 1) {
    const url = new URL(address, location.origin);
    url.searchParams.set("limit", limit);
    if (next) url.searchParams.set("cursor", next);
    const data = await get(url);
    items.push(...data.items);
    next = data.next;
    if (!next) break;
  }
  return { items, next };
}

/** Bytes as they are. */
export const bytes = async (address) => new Uint8Array(await (await answer(address)).arrayBuffer());
