import { productionFiles } from "./repository.mjs";
import { scanSource } from "./scan-source.mjs";

/** Reads of the machine that a test could not steer. */
const AMBIENT =
  /\b(?:Date\.now\(|new Date\(\)|Math\.random\(|setTimeout\(|setInterval\(|performance\.now\(|randomUUID\(|console\.)/;

/** Timers of Node, which run at once where the delay is over 2^31 ms. Sockets have a `setTimeout` of their own. */
const TIMER =
  /(?:(?<!\.)|globalThis\.|global\.)\b(?:setTimeout|setInterval)\b|\bAbortSignal\.timeout\b|["'](?:node:)?timers(?:\/promises)?["']/;

/** The one file that may set a timer. */
const CLOCK = "packages/core/src/runtime/clock.ts";

/** Steers the process itself, which no runtime stands for. */
const PROCESS_GUARD = "packages/core/src/worker/stop/process-handlers.ts";

/** Core reads clock, randomness, ids and logger from the injected Runtime only, so that tests decide what time it is. */
/** @type {import("./repository.mjs").Rule} */
export function ambientSources(repository) {
  const injected = productionFiles(repository).filter(
    ({ path }) =>
      path.startsWith("packages/core/src/") &&
      !path.startsWith("packages/core/src/runtime/") &&
      path !== PROCESS_GUARD,
  );
  return findInCode(injected, AMBIENT, (found) => `${found} is not injected: use the Runtime.`);
}

/** Every delay of the packages goes through one function, which knows how long a timer can be. */
/** @type {import("./repository.mjs").Rule} */
export function timers(repository) {
  const timed = productionFiles(repository).filter(({ path }) => path !== CLOCK);
  return findInCode(
    timed,
    TIMER,
    (found) =>
      `${found} holds no more than 2^31 ms: use systemClock, keepAliveClock, sleep or repeat of core.`,
  );
}

/**
 * One finding for each line of code, comments left out, in which the pattern is found.
 * @param {readonly import("./repository.mjs").RepositoryFile[]} files
 * @param {RegExp} pattern
 * @param {(found: string) => string} complain
 */
function findInCode(files, pattern, complain) {
  return files.flatMap(({ path, text }) =>
    scanSource(text)
      .code.split("\n")
      .flatMap((content, index) => {
        const found = pattern.exec(content)?.[0];
        return found === undefined ? [] : [{ path, line: index + 1, message: complain(found) }];
      }),
  );
}
