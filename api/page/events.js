// What changes, as it changes: the API's events, read by fetch since EventSource sends no token.

import { identified, session } from "./api.js";
import { follow } from "./stream.js";

/** Calls `heard` with each event {name, data} and `state` with true or false as the stream opens or breaks. */
export function listen(heard, state) {
  const stop = new AbortController();
  const open = async (headers, signal) => {
    const response = await fetch("/v1/events", { headers: identified(headers), signal, cache: "no-store" });
    if (response.status === 401 && !stop.signal.aborted) session.dispatchEvent(new Event("expired"));
    return response.status === 401 || response.status === 403 ? null : response;
  };
  follow({ open, heard, state, signal: stop.signal });
  return () => stop.abort();
}
