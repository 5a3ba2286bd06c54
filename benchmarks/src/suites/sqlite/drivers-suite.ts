import type { ContenderKind } from "../../contenders/contender.ts";
import { consume, enqueueAwaited, enqueueConcurrent } from "../../contenders/contender-cases.ts";
import type { BenchCase, Mark, Suite } from "../../harness/bench-case.ts";
import { sqliteBy, sqliteStage } from "./sqlite-stage.ts";

const BUILT_IN = sqliteBy("node:sqlite", "node:sqlite");
const PACKAGE = sqliteBy("@photostructure/sqlite", "@photostructure/sqlite");

/** Each kind of work, by a driver. It stands in no table of a broker: both columns are ours. */
const WORK: readonly { readonly figure: string; of(kind: ContenderKind): BenchCase }[] = [
  { figure: "enqueue", of: (kind) => enqueueAwaited(sqliteStage, kind, { jobs: 10_000 }) },
  { figure: "enqueue", of: (kind) => enqueueConcurrent(sqliteStage, kind, { jobs: 200_000 }) },
  { figure: "consume", of: (kind) => consume(sqliteStage, kind, { concurrency: 1, jobs: 20_000 }) },
  { figure: "consume", of: (kind) => consume(sqliteStage, kind, { concurrency: 100, jobs: 100_000 }) },
];

/** Node's own SQLite must not cost more than its installation saves. */
const AT_LEAST = 0.8;

/** The same work by both drivers of SQLite. Needs Node 22.13 or newer. */
export const driversSuite: Suite = {
  name: "drivers",
  title: "Drivers of SQLite",
  isWarm: true,
  cases: WORK.flatMap(({ of }) => [BUILT_IN, PACKAGE].map((kind) => withoutBroker(of(kind)))),
  marks: WORK.map(({ figure, of }): Mark => {
    const [builtIn, other] = [of(BUILT_IN), of(PACKAGE)];
    return {
      id: "Q5",
      title: `${builtIn.row?.work}: ${BUILT_IN.name}, times ${PACKAGE.name}`,
      value: (median) => median(builtIn.name, figure) / median(other.name, figure),
      atLeast: AT_LEAST,
    };
  }),
};

function withoutBroker({ row, ...one }: BenchCase): BenchCase {
  return row === undefined ? one : { ...one, row: { ...row, broker: "Drivers of SQLite" } };
}
