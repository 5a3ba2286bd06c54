import { codeFiles, productionFiles } from "./repository.mjs";
import { scanSource } from "./scan-source.mjs";

/** Names that say nothing about the content, and so attract unrelated code. */
const EMPTY_NAMES = new Set(["util", "utils", "helper", "helpers", "common", "misc"]);

/** Words of a private vocabulary, and the term that a stranger searches for. docs/glossary.md lists the terms. */
const PRIVATE_WORDS = new Map(
  Object.entries({
    "ack-together": "ack-batch",
    admit: "decode-and-bind",
    "arrange-ini": "normalize-ini",
    "ask-patiently": "retry-failed-entries",
    ballast: "reserve-file",
    board: "write-batcher",
    "bring-up-to-date": "promote-due",
    bury: "dead-letter",
    "call-off": "wake-consumer",
    "consumer-in-use": "reconnecting-consumer",
    "dead-letter-box": "dead-letter-queue",
    "direct-way": "direct-client",
    ending: "run-outcome",
    exchange: "http-request",
    "failed-run": "run-outcome",
    feed: "queue-poller",
    finding: "diagnosis",
    findings: "diagnosis",
    guard: "broker-validator",
    heed: "apply",
    "held-runs": "in-flight",
    "holder-of": "lease-owner",
    "in-thread": "run-in-thread",
    intake: "run-dispatcher",
    "job-sighting": "job-snapshot",
    "joint-writes": "write-batcher",
    "known-messages": "dedupe-cache",
    ledger: "queue-counters",
    "locate-key": "key-position",
    "lock-line": "lock-queue",
    lose: "release",
    "marker-wait": "blocking-wait",
    marks: "coordination",
    notebook: "coordination",
    "numbered-rows": "rows-by-seq",
    outlook: "next-due",
    passenger: "write-batcher",
    patience: "retry-backoff",
    place: "target, position or slot",
    "polls-under-way": "in-flight-receives",
    postpone: "hold-delay",
    "process-guard": "uncaught-errors",
    "queue-book": "queue-registry",
    "queue-traits": "queue-attributes",
    "read-line": "select-ready",
    rest: "poll-backoff",
    settler: "ack-batcher",
    sift: "classify-messages",
    sighting: "snapshot",
    "solo-lane": "crash-isolation",
    "sqs-place": "sqs-target",
    "stop-watch": "stop-condition",
    "taken-messages": "leased-message",
    tally: "worker-counters",
    tell: "report",
    turn: "receive-batch",
    turnstile: "task-limiter",
    "unless-abandoned": "abortable",
    "watch-wear": "recycle-limits",
    within: "with-timeout",
  }),
);

/** Words that begin no identifier of production code, and what says the same plainly. */
const PRIVATE_VERBS = new Map(
  Object.entries({
    bury: "deadLetter",
    hear: "on…, such as onMessage",
    heard: "answered or received",
    heed: "apply",
    place: "target, position, slot or where",
    places: "targets, positions or slots",
    tell: "report, publish, send or write",
    told: "what it holds, such as shown",
    wear: "recycle",
    worn: "recycled",
  }),
);

/** The first word of an identifier: `tell` of `tellErrors`. */
const FIRST_WORD = new RegExp(
  `(?<![\\w$])(?<word>${[...PRIVATE_VERBS.keys()].join("|")})(?:[A-Z]\\w*)?(?![\\w$])`,
  "g",
);

/** The declaration of a type. What stands in strings and comments is not one, but would be a bad name there as well. */
const TYPE = /^\s*(?:export )?(?:abstract )?(?:interface|type|class) (?<name>[A-Z]\w+)/;

/** Files and folders are named after their content. */
/** @type {import("./repository.mjs").Rule} */
export function names({ files }) {
  return files.flatMap(({ path }) =>
    path.split("/").flatMap((part) => {
      const word = part.replace(/\..*$/, "");
      if (EMPTY_NAMES.has(word))
        return [{ path, message: `"${part}" says nothing: name it after what it holds.` }];
      const term = PRIVATE_WORDS.get(word);
      return term === undefined ? [] : [{ path, message: `"${part}" is a private word: say ${term}.` }];
    }),
  );
}

/** Types are named by the terms of the field. */
/** @type {import("./repository.mjs").Rule} */
export function typeNames(repository) {
  return codeFiles(repository).flatMap(({ path, text }) =>
    text.split("\n").flatMap((content, index) => {
      const name = TYPE.exec(content)?.groups?.name;
      const term = name === undefined ? undefined : PRIVATE_WORDS.get(kebab(name));
      if (term === undefined) return [];
      return [{ path, line: index + 1, message: `type ${name} is a private word: say ${term}.` }];
    }),
  );
}

/** Functions and variables are named by plain words too. */
/** @type {import("./repository.mjs").Rule} */
export function identifierNames(repository) {
  return productionFiles(repository).flatMap(({ path, text }) =>
    scanSource(text)
      .code.replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, "")
      .split("\n")
      .flatMap((content, index) =>
        [...content.matchAll(FIRST_WORD)].map(([name, word = ""]) => ({
          path,
          line: index + 1,
          message: `${name} is a private word: say ${PRIVATE_VERBS.get(word)}.`,
        })),
      ),
  );
}

/** The line that may name the kind of a broker: the documented default of the command line. */
const DEFAULT_KIND = /^export const DEFAULT_BROKER = /;

/** Programs for every adapter learn of a kind from its descriptor, see docs/adr/0034-an-adapter-describes-itself.md. */
/** @type {import("./repository.mjs").Rule} */
export function brokerKinds(repository) {
  const manifests = repository.files.filter(({ path }) => /^packages\/[^/]+\/package\.json$/.test(path));
  const kinds = manifests.flatMap(({ text }) => JSON.parse(text).jobs?.kind ?? []);
  if (kinds.length === 0) return [];
  const kind = new RegExp(`"(?:${kinds.join("|")})"`);
  const programs = productionFiles(repository).filter(({ path }) =>
    /^packages\/(?:cli|core|host)\//.test(path),
  );
  return programs.flatMap(({ path, text }) =>
    scanSource(text)
      .code.split("\n")
      .flatMap((content, index) => {
        const found = DEFAULT_KIND.test(content) ? undefined : kind.exec(content)?.[0];
        const message = `${found} is the kind of one adapter: let its descriptor say what is needed.`;
        return found === undefined ? [] : [{ path, line: index + 1, message }];
      }),
  );
}

/** @param {string} name */
function kebab(name) {
  return name.replace(/(?<=[a-z])[A-Z]/g, "-$&").toLowerCase();
}
