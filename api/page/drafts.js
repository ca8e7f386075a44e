// What one typed and did not send: kept in this tab until it is sent, until one leaves, and for nobody else.

const PREFIX = "beffroi.draft.";

/** Drafts of `owner` (who signed in) in `storage`. */
export function drafts(storage, owner) {
  return {
    /** Keeps `draft`, the draft of `what`. */
    keep(what, draft) {
      storage.setItem(PREFIX + what, JSON.stringify({ owner, draft }));
    },
    /** The draft of `what`, if one is kept and one's own. */
    take(what) {
      try {
        const kept = JSON.parse(storage.getItem(PREFIX + what));
        return kept?.owner === owner ? kept.draft : undefined;
      } catch {
        return undefined;
      }
    },
    /** Forgets the draft of `what`. */
    drop(what) {
      storage.removeItem(PREFIX + what);
    },
  };
}

/** Forgets everybody's drafts. */
export function forget(storage) {
  const names = Array.from({ length: storage.length }, (_, at) => storage.key(at));
  for (const name of names) if (name.startsWith(PREFIX)) storage.removeItem(name);
}
