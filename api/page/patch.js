// Merge patches (RFC 7396): what makes one thing into another, and the other way round.

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** What makes `before` into `after`; a field that is not there and one that is `null` are the same. */
export function difference(before, after) {
  const patch = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [from, to] = [before[key] ?? undefined, after[key] ?? undefined];
    if (JSON.stringify(from) === JSON.stringify(to)) continue;
    patch[key] = isObject(from) && isObject(to) ? difference(from, to) : to ?? null;
  }
  return patch;
}

/** `before` with a patch on it. */
export function patched(before, patch) {
  const after = { ...before };
  for (const [key, value] of Object.entries(patch))
    if (value === null) delete after[key];
    else after[key] = isObject(value) && isObject(after[key]) ? patched(after[key], value) : value;
  return after;
}
