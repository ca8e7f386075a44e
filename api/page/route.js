// The address: `#/espaces/ght-bm.wiki/preuves?…` → which view, of what, asked for how.

/** The first of `routes` ([pattern, view, access]) that `hash` names; without `view`, none does. */
export function route(routes, hash) {
  const [way, search] = hash.slice(1).split("?");
  const query = new URLSearchParams(search);
  for (const [pattern, view, access] of routes) {
    const found = pattern.exec(way);
    const parts = found && decoded(found.slice(1));
    if (parts) return { way, query, view, access, parts };
  }
  return { way, query, parts: [] };
}

/** Parts without escapes; nothing where an escape is none. */
function decoded(parts) {
  try {
    return parts.map(decodeURIComponent);
  } catch {
    return null;
  }
}
