// When things happen: a turn that a later one takes over, work that is asked for in bursts, a far moment, the end of
// a session. Nothing here touches the page.

/** Turns: `begin()` gives a function that tells whether no later turn began. */
export function turns() {
  let last = 0;
  return { begin: () => { const mine = (last += 1); return () => mine === last; } };
}

/**
 * Work that may be asked for more often than it can be done: it begins `delay` after the first time it is asked for,
 * never twice at once, and once more if it was asked for meanwhile. However often it is asked for, it is done.
 */
export function soon(work, delay) {
  let timer;
  let running = false;
  let again = false;
  const begin = async () => {
    timer = undefined;
    running = true;
    again = false;
    try {
      await work();
    } finally {
      running = false;
      if (again) ask();
    }
  };
  const ask = () => {
    if (running) again = true;
    else timer ??= setTimeout(begin, delay);
  };
  const cancel = () => {
    clearTimeout(timer);
    timer = undefined;
    again = false;
  };
  return { ask, cancel };
}

/** Resolves in `delay` milliseconds. */
export const wait = (delay) => new Promise((resolve) => setTimeout(resolve, delay));

/** Longest that a browser waits; what is longer it does at once. */
const LONGEST = 2 ** 31 - 1;

/** Calls `work` in `delay` milliseconds, however many they are; gives a function that takes it back. */
export function later(work, delay) {
  let timer;
  const wait = (left) => {
    timer = left > LONGEST ? setTimeout(() => wait(left - LONGEST), LONGEST) : setTimeout(work, Math.max(left, 0));
  };
  wait(delay);
  return () => clearTimeout(timer);
}

/**
 * When a session ends, on the clock of this machine: `expires` is the server's word, `served` what its clock said
 * meanwhile (its header Date), `known` what one knows without. Who cannot compare clocks keeps what one knows.
 */
export function sessionEnd({ expires, served, known, now = Date.now() }) {
  const left = Date.parse(expires) - Date.parse(served);
  return Number.isNaN(left) ? known : now + left;
}

/** How long before its end a session that lasts `left` is told to end: two minutes, or half of what is left. */
export const warning = (left) => Math.min(120_000, left / 2);
