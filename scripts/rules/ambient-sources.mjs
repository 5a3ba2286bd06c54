import { productionFiles } from "./repository.mjs";
import { scanSource } from "./scan-source.mjs";

/** Reads of the machine that a test could not steer. */
const AMBIENT =
  /\b(?:Date\.now\(|new Date\(\)|Math\.random\(|setTimeout\(|setInterval\(|performance\.now\(|randomUUID\(|console\.)/;

/** Steers the process itself, which no runtime stands for. */
const PROCESS_GUARD = "packages/core/src/worker/process-guard.ts";

/** Core reads clock, randomness, ids and logger from the injected Runtime only, so that tests decide what time it is. */
/** @type {import("./repository.mjs").Rule} */
export function ambientSources(repository) {
  const injected = productionFiles(repository).filter(
    ({ path }) =>
      path.startsWith("packages/core/src/") &&
      !path.startsWith("packages/core/src/runtime/") &&
      path !== PROCESS_GUARD,
  );
  return injected.flatMap(({ path, text }) =>
    scanSource(text)
      .code.split("\n")
      .flatMap((content, index) => {
        const found = AMBIENT.exec(content)?.[0];
        return found === undefined
          ? []
          : [{ path, line: index + 1, message: `${found} is not injected: use the Runtime.` }];
      }),
  );
}
