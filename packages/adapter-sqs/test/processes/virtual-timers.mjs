// Takes the place of the timers and of Date.now of a process: its time moves only when it is told to.

/** Intervals are not run more often than so in one move, or a day would never end. */
const MAX_RUNS = 500;

let now = 0;
let order = 0;
/** @type {Set<{ at: number, order: number, everyMs: number | undefined, run: () => void }>} */
const timers = new Set();

/** Begins at `startAt`, in ms since 1970. Before anything that takes the time for granted is loaded. */
export function stopTime(startAt) {
  now = startAt;
  Date.now = () => now;
  globalThis.setTimeout = (fn, ms = 0, ...args) => add(ms, undefined, () => fn(...args));
  globalThis.setInterval = (fn, ms = 0, ...args) => add(ms, Math.max(ms, 1), () => fn(...args));
  globalThis.clearTimeout = (timer) => void timers.delete(timer);
  globalThis.clearInterval = (timer) => void timers.delete(timer);
}

/** Lets `ms` go by: what falls due runs in order, and what that wakes comes to rest. */
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
