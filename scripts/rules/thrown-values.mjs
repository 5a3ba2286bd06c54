import { productionFiles } from "./repository.mjs";
import { scanSource } from "./scan-source.mjs";

/** The file of the only function that may inspect a thrown value. */
const ALLOWED = "packages/core/src/errors/to-error.ts";

/** Names of variables that hold thrown values. */
const THROWN = "(?:error|err|thrown|cause|reason|failure)";

/** Each of these expressions throws for some thrown values. */
const UNSAFE = [
  { pattern: /(?<!prototype) instanceof Error\b/, instead: "isError" },
  { pattern: new RegExp(`\\bString\\(${THROWN}\\)`), instead: "describeThrown" },
  {
    pattern: new RegExp(`\\b${THROWN} as (?:Error|NodeJS\\.ErrnoException)\\b`),
    instead: "toError or readErrorText",
  },
];

/** A thrown value can be anything. Only core's functions read it, since they never throw. */
/** @type {import("./repository.mjs").Rule} */
export function thrownValues(repository) {
  const files = productionFiles(repository).filter(
    ({ path }) => path.startsWith("packages/") && path !== ALLOWED,
  );
  return files.flatMap(({ path, text }) =>
    scanSource(text)
      .code.split("\n")
      .flatMap((content, index) =>
        UNSAFE.filter(({ pattern }) => pattern.test(content)).map(({ instead }) => ({
          path,
          line: index + 1,
          message: `reading what was thrown can throw: use ${instead} of @jobs/core.`,
        })),
      ),
  );
}
