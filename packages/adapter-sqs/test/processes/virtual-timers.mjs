// Replaces the timers and Date.now of a process: its time moves only by calls.

/** The most runs of an interval in one move, so that moving by a day ends. */
const MAX_RUNS = 500;

let now = 0;
let order = 0;
/** @type {Set<{ at: number, order: number, everyMs: number | undefined, run: () => void }>} */
const timers = new Set();

/** Begins at `startAt`, in ms since 1970. Call it before loading modules that read the time. */
export function stopTime(startAt) {
  now = startAt;
  Date.now = () => now;
  globalThis.setTimeout = (fn, ms = 0, ...args) => add(ms, undefined, () => fn(...args));
  globalThis.setInterval = (fn, ms = 0, ...args) => add(ms, Math.max(ms, 1), () => fn(...args));
  globalThis.clearTimeout = (timer) => void timers.delete(timer);
  globalThis.clearInterval = (timer) => void timers.delete(timer);
}

/** Moves time by `ms`: due timers run in order, and their code runs to its end. */
export async function advance(ms) {
  const end = now + ms;
  for (let timer = first(); timer !== undefined && timer.at <= end; timer = first()) {
    now = Math.max(now, timer.at);
    if (timer.everyMs === undefined) timers.delete(timer);
    else timer.at = now + Math.max(timer.everyMs, ms / MAX_RUNS);
    timer.run();
    await rest();
  }
  now = end;
  await rest();
}

function first() {
  let found;
  for (const timer of timers)
    if (found === undefined || timer.at < found.at || (timer.at === found.at && timer.order < found.order))
      found = timer;
  return found;
}

function add(ms, everyMs, run) {
  const timer = { at: now + ms, order: order++, everyMs, run, ref: () => timer, unref: () => timer };
  timers.add(timer);
  return timer;
}

async function rest() {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
