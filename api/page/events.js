// What changes, as it changes: server-sent events read by fetch, since EventSource sends no token. Goes on after
// the last event seen, waiting longer after each failure.

import { identified, session } from "./api.js";

const LONGEST = 30_000;

/** Calls `heard` with each event {name, data} and `state` with true or false as the stream opens or breaks. */
export function listen(heard, state) {
  const stop = new AbortController();
  follow(heard, state, stop.signal);
  return () => stop.abort();
}

async function follow(heard, state, signal) {
  const place = { id: "", retry: 1000 };
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      const headers = identified({ Accept: "text/event-stream", ...(place.id && { "Last-Event-ID": place.id }) });
      const response = await fetch("/v1/events", { headers, signal, cache: "no-store" });
      if (response.status === 401) session.dispatchEvent(new Event("expired"));
      if (response.status === 401 || response.status === 403) return;
      if (response.ok) {
        failures = 0;
        state(true);
        await readAll(response.body, place, heard);
      }
    } catch (error) {
      if (error.name === "AbortError") return;
    }
    state(false);
    const wait = Math.min(place.retry * 2 ** failures, LONGEST) * (0.5 + Math.random() / 2);
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

async function readAll(body, place, heard) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split(/\r?\n\r?\n/);
    rest = blocks.pop();
    blocks.map((block) => parse(block, place)).filter(Boolean).forEach(heard);
  }
}

/** One event; a comment or an id alone is none. */
function parse(block, place) {
  const event = { name: "message", data: "" };
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
    if (field === "event") event.name = value;
    else if (field === "data") event.data += value;
    else if (field === "id") place.id = value;
    else if (field === "retry" && /^\d+$/.test(value)) place.retry = Number(value);
  }
  if (!event.data && event.name === "message") return null;
  try {
    return { name: event.name, data: event.data ? JSON.parse(event.data) : {} };
  } catch {
    return null;
  }
}
