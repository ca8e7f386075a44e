// Server-sent events over fetch: bytes → blocks → events, again and again. Goes on after the last event seen, waits
// longer after each failure, and takes a stream that gives no sign of life for broken.

import { wait } from "./timing.js";

const LONGEST = 30_000;
/** The server gives a sign of life every 15 s. */
const SILENCE = 45_000;

/**
 * Follows a stream until `signal`, or until `open` gives nothing. `open(headers, signal)` resolves to a response;
 * `heard` gets each event {name, data}, `state` true or false as the stream opens or breaks. What happened while
 * there was no stream is told as "reset" where the server cannot tell it.
 */
export async function follow({ open, heard, state, signal, silence = SILENCE, pause = wait }) {
  const place = { id: "", retry: 1000 };
  let missed = false;
  for (let failures = 0; !signal.aborted; failures += 1) {
    const life = watch(signal, silence);
    try {
      const resumes = place.id !== "";
      const response = await open({ Accept: "text/event-stream", ...(resumes && { "Last-Event-ID": place.id }) }, life.signal);
      if (!response) return;
      if (response.ok) {
        failures = 0;
        state(true);
        if (missed && !resumes) heard({ name: "reset", data: {} });
        await read(response.body, place, heard, life.sign);
      }
    } catch {
      // Broken, silent or ended: what follows is the same.
    } finally {
      life.end();
    }
    if (signal.aborted) return;
    missed = true;
    state(false);
    await pause(Math.min(place.retry * 2 ** failures, LONGEST) * (0.5 + Math.random() / 2));
  }
}

/** A signal that ends with `outer`, and when no sign of life came for a while. */
function watch(outer, silence) {
  const inner = new AbortController();
  const stop = () => inner.abort();
  outer.addEventListener("abort", stop);
  let timer = setTimeout(stop, silence);
  const sign = () => { clearTimeout(timer); timer = setTimeout(stop, silence); };
  const end = () => { clearTimeout(timer); outer.removeEventListener("abort", stop); inner.abort(); };
  return { signal: inner.signal, sign, end };
}

async function read(body, place, heard, sign) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    sign();
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
