import { isBuiltin } from "node:module";
import type { Suite } from "../harness/bench-case.ts";

const LOADERS: Readonly<Record<string, () => Promise<Suite>>> = {
  memory: async () => (await import("./memory/memory-suite.ts")).memorySuite,
  budget: async () => (await import("./budget/budget-suite.ts")).budgetSuite,
  signature: async () => (await import("./signature/signature-suite.ts")).signatureSuite,
  sqlite: async () => (await import("./sqlite/sqlite-suite.ts")).sqliteSuite,
  drivers: async () => (await import("./sqlite/drivers-suite.ts")).driversSuite,
  observers: async () => (await import("./observers/observers-suite.ts")).observersSuite,
  redis: async () => (await import("./redis/redis-suite.ts")).redisSuite,
  postgres: async () => (await import("./postgres/postgres-suite.ts")).postgresSuite,
  sqs: async () => (await import("./sqs/sqs-suite.ts")).sqsSuite,
  payload: async () => (await import("./payload/payload-suite.ts")).payloadSuite,
  workers: async () => (await import("./workers/workers-suite.ts")).workersSuite,
  start: async () => (await import("./start/start-suite.ts")).startSuite,
  idle: async () => (await import("./idle/idle-suite.ts")).idleSuite,
  dashboard: async () => (await import("./dashboard/dashboard-suite.ts")).dashboardSuite,
  waiting: async () => (await import("./waiting/waiting-suite.ts")).waitingSuite,
  cli: async () => (await import("./cli/cli-suite.ts")).cliSuite,
};

/** Names of all suites that this Node can run. */
export const SUITE_NAMES = Object.keys(LOADERS).filter(
  (name) => name !== "drivers" || isBuiltin("node:sqlite"),
);

/** @throws RangeError naming the suites there are. */
export function loadSuite(name: string): Promise<Suite> {
  const load = Object.hasOwn(LOADERS, name) ? LOADERS[name] : undefined;
  if (load !== undefined) return load();
  throw new RangeError(`there is no suite "${name}". Known: ${SUITE_NAMES.join(", ")}.`);
}
