import { productionFiles } from "./repository.mjs";
import { scanSource } from "./scan-source.mjs";

/** Reads of the machine that a test cannot control. */
const AMBIENT =
  /\b(?:Date\.now\(|new Date\(\)|Math\.random\(|setTimeout\(|setInterval\(|performance\.now\(|randomUUID\(|console\.)/;

/** Node's timers run at once when the delay is over 2^31 ms. The `setTimeout` of a socket is something else. */
const TIMER =
  /(?:(?<!\.)|globalThis\.|global\.)\b(?:setTimeout|setInterval)\b|\bAbortSignal\.timeout\b|["'](?:node:)?timers(?:\/promises)?["']/;

/** The clock of core, and the one delay of a package that runs without Node, where core's clock does not. */
const TIMED = new Set(["packages/core/src/runtime/clock.ts", "packages/producer/src/sqs/sqs.ts"]);

/** Handles the process itself, which the Runtime does not replace. */
const PROCESS_GUARD = "packages/core/src/worker/stop/uncaught-errors.ts";

/** Core reads clock, randomness, ids and logger from the injected Runtime only, so that tests control them. */
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

/** Every delay of the packages uses one function, which respects the longest delay of a timer. */
/** @type {import("./repository.mjs").Rule} */
export function timers(repository) {
  const timed = productionFiles(repository).filter(({ path }) => !TIMED.has(path));
  return findInCode(
    timed,
    TIMER,
    (found) =>
      `${found} holds no more than 2^31 ms: use systemClock, keepAliveClock, sleep or repeat of core.`,
  );
}

/** On Node 20 and 22 a signal keeps an entry for each call that joins it, as long as it lives. */
/** @type {import("./repository.mjs").Rule} */
export function joinedSignals(repository) {
  return findInCode(
    productionFiles(repository),
    /\bAbortSignal\.any\b/,
    (found) => `${found} is never forgotten by its sources on Node 20 and 22: use joinSignals of core.`,
  );
}

/**
 * One violation for each line of code, without comments, that matches the pattern.
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
