// What may import what. dependency-cruiser reads this file; docs/internals.md draws it.

/** The floors of core from the ground up: an import goes down or stays on its floor, also for a type. */
const FLOORS = [
  ["errors", "runtime", "options"],
  ["envelope", "broker", "json", "coordination"],
  ["task", "job", "retry"],
  ["producer", "worker", "results", "config"],
  ["flow", "history", "schedule", "adapter", "explain", "stored", "dead-letter"],
  ["app"],
  ["entries"],
];

/** What is there only for tests. */
const TEST_FILES = String.raw`\.test(-d)?\.ts$|/(test|fixtures)/`;

/** Made for tests: to these packages test code is an ordinary dependency. */
const TEST_PRODUCTS = "broker-conformance|testing";

/** Packages that the command line loads when a command needs them. */
const ON_DEMAND = "adapter-[a-z]+|broker-conformance|dashboard|outbox";

/** @param {readonly string[]} folders */
const inCore = (folders) => `^packages/core/src/(${folders.join("|")})/`;

/** The code of published packages. @param {string} packages */
const production = (packages) => ({ path: `^packages/(${packages})/src/`, pathNot: TEST_FILES });

/** @type {import("dependency-cruiser").IForbiddenRuleType[]} */
const floors = FLOORS.slice(0, -1).map((folders, index) => ({
  name: `floor-${index + 1}-imports-down`,
  comment: `${folders.join(", ")} must make sense without what stands on them.`,
  severity: "error",
  from: { path: inCore(folders), pathNot: TEST_FILES },
  to: { path: inCore(FLOORS.slice(index + 1).flat()) },
}));

/** @type {import("dependency-cruiser").IForbiddenRuleType[]} */
const forbidden = [
  ...floors,
  {
    name: "every-folder-has-a-floor",
    comment: "Give the folder a floor in .dependency-cruiser.mjs, so that it does not escape the rules.",
    severity: "error",
    from: { path: "^packages/core/src/[^/]+/", pathNot: [inCore(FLOORS.flat()), TEST_FILES] },
    to: {},
  },
  {
    name: "contract-knows-no-handler",
    comment: "A task is known to producers, which install no handlers.",
    severity: "error",
    from: { path: inCore(["task"]), pathNot: TEST_FILES },
    to: { path: inCore(["job"]) },
  },
  {
    name: "example-contract-knows-no-handler",
    comment: "As in a good application: whoever enqueues loads no code of handlers.",
    severity: "error",
    from: { path: String.raw`^examples/.*\btasks(\.ts$|/)` },
    to: { path: String.raw`^examples/.*(\bhandlers(\.ts$|/)|/app\.ts$|/handle-[^/]+\.ts$)` },
  },
  {
    name: "no-circle",
    comment: "Move what both need into a file of its own. A circle of types is as hard to read.",
    severity: "error",
    from: {},
    to: { circular: true },
  },
  {
    name: "on-core-alone",
    comment: "Core imports no other package; adapters, stores, the host and the kit import core alone.",
    severity: "error",
    from: production("(?!cli/|testing/)[^/]+"),
    to: { path: "^packages/", pathNot: "^packages/($1|core)/" },
  },
  {
    name: "testing-on-core-and-memory",
    comment: "@jobs/testing runs an app on the memory broker.",
    severity: "error",
    from: production("testing"),
    to: { path: "^packages/", pathNot: "^packages/(testing|core|adapter-memory)/" },
  },
  {
    name: "cli-loads-on-demand",
    comment: 'Load it by import("…") in the command that needs it; types are free.',
    severity: "error",
    from: production("cli"),
    to: {
      path: `^packages/(${ON_DEMAND})/`,
      dynamic: false,
      dependencyTypesNot: ["type-only", "type-import"],
    },
  },
  {
    name: "cli-on-known-packages",
    severity: "error",
    comment:
      "The command line stands on core, the host and the writer of projects, and loads adapters on demand.",
    from: production("cli"),
    to: { path: "^packages/", pathNot: `^packages/(cli|core|create|host|${ON_DEMAND})/` },
  },
  {
    name: "package-by-its-exports",
    comment: "Import what the package exports, @jobs/…, not a file in it. Holds for tests, too.",
    severity: "error",
    from: { path: "^(packages|examples|benchmarks|chaos|test-servers)/([^/]+)/" },
    to: { path: "^packages/", pathNot: "^$1/$2/", dependencyTypes: ["local"] },
  },
  {
    name: "resolvable",
    comment: "It is not there, or its package does not export it.",
    severity: "error",
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: "no-test-code-in-production",
    comment: "What is published must not load what only tests need.",
    severity: "error",
    from: production("[^/]+"),
    to: { path: TEST_FILES, pathNot: "node_modules/" },
  },
  {
    name: "no-test-package-in-production",
    comment: "vitest, fast-check, the kit, the servers and @jobs/core/testing are there for tests.",
    severity: "error",
    from: production(`(?!(${TEST_PRODUCTS})/)[^/]+`),
    to: {
      path: `node_modules/(vitest|fast-check)/|^packages/(${TEST_PRODUCTS})/|^test-servers/|^packages/core/src/entries/testing\\.ts$`,
      pathNot: "^packages/$1/",
      dynamic: false,
    },
  },
];

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden,
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: {
      path: "^(?!.*node_modules/).*/(dist|coverage|golden|templates)/|/fixtures/broken|^examples/next/.*[.]tsx$|^examples/transactions/prisma/",
    },
    // Types count: what a type needs, a reader needs.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@jobs/source", "types", "import", "node", "default"],
      extensions: [".ts", ".mts", ".mjs", ".js", ".json"],
    },
  },
};
