import { productionFiles } from "./repository.mjs";
import { scanSource } from "./scan-source.mjs";

/** Where the one function stands that may look at whatever was thrown. */
const ALLOWED = "packages/core/src/errors/to-error.ts";

/** The names that thrown values have here. */
const THROWN = "(?:error|err|thrown|cause|reason|failure)";

/** Each of them throws for some value that can be thrown. */
const UNSAFE = [
  { pattern: /(?<!prototype) instanceof Error\b/, instead: "isError" },
  { pattern: new RegExp(`\\bString\\(${THROWN}\\)`), instead: "describeThrown" },
  {
    pattern: new RegExp(`\\b${THROWN} as (?:Error|NodeJS\\.ErrnoException)\\b`),
    instead: "toError or readErrorText",
  },
];

/** What was thrown can be anything: only core's own functions read it, since they never throw. */
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
