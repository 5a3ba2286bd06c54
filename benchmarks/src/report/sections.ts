import type { Baseline, BaselineOf, MeasuredCase } from "./baseline.ts";
import { describeMeasurement } from "./describe-measurement.ts";
import { listTable, marksTable, peerTable } from "./tables.ts";

/** A broker whose section shows ours beside its peers. */
export interface BrokerPart {
  /** The name of its own suite and of its part of the page. */
  readonly suite: string;
  /** As cases have it in {@link MeasuredCase.row}. */
  readonly title: string;
}

/** All brokers, in the order of the page. */
export const BROKER_PARTS: readonly BrokerPart[] = [
  { suite: "memory", title: "Memory" },
  { suite: "sqlite", title: "SQLite" },
  { suite: "redis", title: "Redis" },
  { suite: "postgres", title: "Postgres" },
  { suite: "sqs", title: "SQS" },
];

/** Suites that do the same work on all brokers. Their figures stand in the tables of the brokers. */
export const SHARED_SUITES = ["payload", "workers", "start", "idle"] as const;

const NOT_MEASURED = "Not measured yet.";

/** A suite by itself: how it was measured, its marks and its figures. */
export function suiteSection(baseline: Baseline | undefined): string {
  if (baseline === undefined) return paragraphs([NOT_MEASURED]);
  const brokers = [...new Set(baseline.cases.map(({ row }) => row?.broker))];
  const tables = brokers.flatMap((broker) => [
    ...(broker !== undefined && brokers.length > 1 ? [`**${broker}**`] : []),
    ...tablesOf(baseline.cases.filter(({ row }) => row?.broker === broker)),
  ]);
  return paragraphs([describeMeasurement(baseline), ...marksOf(baseline), ...tables]);
}

/** A suite on all brokers: how it was measured, and its marks. */
export function sharedSection(baseline: Baseline | undefined): string {
  if (baseline === undefined) return paragraphs([NOT_MEASURED]);
  return paragraphs([describeMeasurement(baseline), ...marksOf(baseline)]);
}

/** A broker: its own suite, its chart, and one table with its figures out of all suites. */
export function brokerSection(part: BrokerPart, baselineOf: BaselineOf): string {
  const own = baselineOf(part.suite);
  const about = own === undefined ? [NOT_MEASURED] : [describeMeasurement(own), ...marksOf(own)];
  const image = `![${part.title}: jobs beside its peers, from the table below](images/benchmarks-${part.suite}.svg)`;
  return paragraphs([...about, image, ...tablesOf(casesOf(part, baselineOf))]);
}

/** The cases of a broker out of its own suite, and those of it out of the suites on all brokers. */
export function casesOf({ suite, title }: BrokerPart, baselineOf: BaselineOf): readonly MeasuredCase[] {
  const shared = SHARED_SUITES.flatMap((name) => baselineOf(name)?.cases ?? []);
  return [...(baselineOf(suite)?.cases ?? []), ...shared.filter(({ row }) => row?.broker === title)];
}

function tablesOf(cases: readonly MeasuredCase[]): readonly string[] {
  const beside = cases.filter(({ row }) => row !== undefined);
  const alone = cases.filter(({ row }) => row === undefined);
  return [...(beside.length > 0 ? [peerTable(beside)] : []), ...(alone.length > 0 ? [listTable(alone)] : [])];
}

function marksOf({ marks }: Baseline): readonly string[] {
  return marks.length > 0 ? [marksTable(marks)] : [];
}

function paragraphs(texts: readonly string[]): string {
  return `\n${texts.join("\n\n")}\n\n`;
}
