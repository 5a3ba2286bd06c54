import type { SqliteDriver } from "@jobs/adapter-sqlite";
import type { BenchCase, Mark, Suite } from "../../harness/bench-case.ts";
import { consume, enqueueAwaited, enqueueConcurrent, named } from "./jobs-cases.ts";

const BUILT_IN = "node:sqlite";
const PACKAGE = "@photostructure/sqlite";

/** Each kind of work, by a driver. */
const WORK: readonly ((driver: SqliteDriver) => BenchCase)[] = [
  enqueueAwaited,
  enqueueConcurrent,
  (driver) => consume(1, driver),
  (driver) => consume(100, driver),
];

/** Node's own SQLite must not cost more than its installation saves. */
const AT_LEAST = 0.8;

const ofWork = (work: string, figure: string): Mark => ({
  id: "Q5",
  title: `${work}: ${BUILT_IN}, times ${PACKAGE}`,
  value: (median) => median(named(work, BUILT_IN), figure) / median(named(work, PACKAGE), figure),
  atLeast: AT_LEAST,
});

/** The same work by both drivers of SQLite. Needs Node 22.13 or newer. */
export const driversSuite: Suite = {
  name: "drivers",
  title: "Drivers of SQLite",
  cases: WORK.flatMap((of) => [of(BUILT_IN), of(PACKAGE)]),
  marks: [
    ofWork("jobs, one awaited", "enqueue"),
    ofWork("jobs, 1,000 concurrent", "enqueue"),
    ofWork("jobs, consume at 1", "consume"),
    ofWork("jobs, consume at 100", "consume"),
  ],
};
