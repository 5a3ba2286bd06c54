import type { BaselineOf } from "./baseline.ts";
import { BROKER_PARTS, SHARED_SUITES } from "./sections.ts";
import { markdownTable } from "./tables.ts";

/** A package that ours is measured beside. */
interface Peer {
  readonly name: string;
  readonly broker: string;
  readonly licence: string;
  /** Size of the installed package without its dependencies, in kB. */
  readonly kB: number;
  readonly note: string;
}

const PEERS: readonly Peer[] = [
  {
    name: "bullmq",
    broker: "Redis, Postgres",
    licence: "MIT",
    kB: 5_044,
    note: "as it comes, but removes finished jobs",
  },
  {
    name: "bee-queue",
    broker: "Redis",
    licence: "MIT",
    kB: 164,
    note: "removes finished jobs; nobody waits for events",
  },
  {
    name: "graphile-worker",
    broker: "Postgres",
    licence: "MIT",
    kB: 1_004,
    note: "as it comes, and batched",
  },
  {
    name: "pg-boss",
    broker: "Postgres",
    licence: "MIT",
    kB: 160,
    note: "by a loop of `fetch` and `complete`",
  },
  {
    name: "plainjob",
    broker: "SQLite",
    licence: "MIT",
    kB: 124,
    note: "as it comes, and with `synchronous = full`",
  },
  { name: "sqs-consumer", broker: "SQS", licence: "Apache-2.0", kB: 264, note: "batches of ten" },
  { name: "sqs-producer", broker: "SQS", licence: "Apache-2.0", kB: 164, note: "batches of ten" },
  { name: "p-queue", broker: "none", licence: "MIT", kB: 124, note: "calls functions in memory" },
  { name: "fastq", broker: "none", licence: "ISC", kB: 96, note: "calls a function in memory" },
];

/** The peers as a table, with the versions that were measured. They are read from their package.json in each run. */
export function peers(baselineOf: BaselineOf): string {
  const suites = [...BROKER_PARTS.map(({ suite }) => suite), ...SHARED_SUITES];
  const rows = PEERS.map(({ name, broker, licence, kB, note }) => {
    const versions = suites.flatMap((suite) => baselineOf(suite)?.versions?.[name] ?? []);
    const measured = [...new Set(versions)].join(", ") || "not recorded yet";
    return [name, measured, broker, licence, `${kB.toLocaleString("en-US")} kB`, note];
  });
  return `\n${markdownTable(["peer", "version measured", "broker", "licence", "size", "how"], rows)}\n\n`;
}
