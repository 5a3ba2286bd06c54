import { comparableMachine } from "../harness/machine.ts";
import { SQS_PRICE } from "../suites/sqs/sqs-price.ts";
import { type BaselineOf, medianOf, type Source } from "./baseline.ts";
import { isPreliminary } from "./describe-measurement.ts";
import { formatNumber } from "./format-number.ts";
import { compare } from "./overview.ts";
import { markdownTable } from "./tables.ts";

/** What a reader decides by, for one broker. Of several sources the first that was measured counts. */
interface Choice {
  readonly broker: string;
  /** Who takes it. */
  readonly when: string;
  /** What outlives a crash of the machine. */
  readonly keeps: string;
  readonly enqueue: readonly Source[];
  readonly consume: readonly Source[];
  readonly latency: readonly Source[];
  readonly waiting: readonly Source[];
  /** What is paid to somebody, beside the machines. */
  cost(figures: Figures): string;
}

type Figures = (sources: readonly Source[]) => number | undefined;

const DOLLARS = "a million jobs";
const MANY_AT_ONCE = ["sqs", "jobs, concurrent enqueue()"] as const;
const ONE_AT_A_TIME = ["sqs", "jobs, one at a time"] as const;

/** A figure of jobs with one number. */
function payload(broker: string, figure: string): Source {
  return ["payload", `${broker}, jobs, a number`, figure];
}

const CHOICES: readonly Choice[] = [
  {
    broker: "Memory",
    when: "Jobs may be lost with the process",
    keeps: "no job",
    enqueue: [payload("Memory", "enqueue")],
    consume: [payload("Memory", "consume"), ["memory", "jobs", "end to end"]],
    latency: [],
    waiting: [payload("Memory", "a waiting job"), ["memory", "queued: jobs", "a job"]],
    cost: () => "nothing but the machine",
  },
  {
    broker: "SQLite",
    when: "One machine, and no server to run",
    keeps: "each job that was accepted",
    enqueue: [payload("SQLite", "enqueue"), ["sqlite", "jobs, 1,000 concurrent", "enqueue"]],
    consume: [payload("SQLite", "consume"), ["sqlite", "jobs, consume at 100", "consume"]],
    latency: [
      ["workers", "SQLite, jobs, idle worker", "start p50"],
      ["sqlite", "idle worker in another process", "start p50"],
    ],
    waiting: [payload("SQLite", "a waiting job")],
    cost: () => "nothing but the machine",
  },
  {
    broker: "Redis",
    when: "Several machines, and the least latency",
    keeps: "what its own settings keep",
    enqueue: [payload("Redis", "enqueue"), ["redis", "jobs, 1,000 concurrent", "enqueue"]],
    consume: [payload("Redis", "consume"), ["redis", "jobs, consume at 100", "consume"]],
    latency: [["redis", "jobs, idle worker", "start p50"]],
    waiting: [["redis", "jobs, waiting jobs", "a job"]],
    cost: () => "for your server",
  },
  {
    broker: "Postgres",
    when: "You run Postgres, and want jobs in its transactions",
    keeps: "each job that was accepted",
    enqueue: [payload("Postgres", "enqueue"), ["postgres", "jobs, 1,000 concurrent", "enqueue"]],
    consume: [payload("Postgres", "consume"), ["postgres", "jobs, consume at 100", "consume"]],
    latency: [["postgres", "jobs, idle worker", "start p50"]],
    waiting: [payload("Postgres", "a waiting job")],
    cost: () => "for your server",
  },
  {
    broker: "SQS",
    when: "AWS, and no server of yours",
    keeps: "each job that was accepted",
    enqueue: [payload("SQS", "enqueue"), ["sqs", "jobs, concurrent enqueue()", "enqueue"]],
    consume: [payload("SQS", "consume"), ["sqs", "jobs, concurrent enqueue()", "consume"]],
    latency: [["workers", "SQS, jobs, idle worker", "start p50"]],
    waiting: [],
    cost(figures) {
      const [many, single] = [MANY_AT_ONCE, ONE_AT_A_TIME].map((source) => dollarsOf(source, figures));
      if (many === undefined) return "for each request";
      const alone = single === undefined ? "" : `, ${single} for jobs that are sent and run one at a time`;
      return `${many} dollars a million jobs${alone}`;
    },
  },
];

/** Counted requests times the price. An old baseline has the requests alone, whose bodies were short. */
function dollarsOf([suite, name]: readonly [string, string], figures: Figures): string | undefined {
  const dollars = figures([[suite, name, DOLLARS]]);
  const requests = figures([[suite, name, "requests a job"]]);
  if (dollars !== undefined) return dollars.toFixed(2);
  return requests === undefined ? undefined : (requests * SQS_PRICE.dollars).toFixed(2);
}

/** All figures that the beginning of the page shows. */
export const DECIDED_FIGURES: readonly Source[] = [
  ...CHOICES.flatMap((choice) => [
    ...[choice.enqueue, choice.consume, choice.latency, choice.waiting].flat(),
    ...[idle(choice, "CPU"), idle(choice, "memory")].flat(),
  ]),
  ...[MANY_AT_ONCE, ONE_AT_A_TIME].map((source): Source => [...source, DOLLARS]),
];

const HEAD = [
  "broker",
  "add, jobs/s",
  "run, jobs/s",
  "add → start, ms",
  "a waiting job, bytes",
  "idle CPU, %",
  "idle memory, MB",
] as const;

/** What one decides by: brokers in words and in a table, what its columns mean, and how far the figures can be trusted. */
export function decide(baselineOf: BaselineOf): string {
  const used = new Set<string>();
  const figures: Figures = (sources) => {
    for (const [suite, name, figure] of sources) {
      const median = medianOf(baselineOf(suite), name, figure);
      if (median === undefined) continue;
      used.add(suite);
      return median;
    }
    return undefined;
  };
  const shown = (sources: readonly Source[]) => {
    const median = figures(sources);
    return median === undefined ? "–" : formatNumber(median);
  };
  const rows = CHOICES.map((choice) => [
    choice.broker,
    shown(choice.enqueue),
    shown(choice.consume),
    shown(choice.latency),
    shown(choice.waiting),
    shown(idle(choice, "CPU")),
    shown(idle(choice, "memory")),
  ]);
  return `\n${[
    CHOICES.map((choice) => inWords(choice, figures)).join("\n"),
    markdownTable(HEAD, rows),
    meanings(),
    besidePeers(baselineOf),
    ...warnings(baselineOf, used),
  ].join("\n\n")}\n\n`;
}

function inWords({ when, broker, consume, latency, keeps, cost }: Choice, figures: Figures): string {
  const [rate, start] = [figures(consume), figures(latency)];
  return [
    `- **${when}**: ${broker}.`,
    ...(rate === undefined ? [] : [`One worker runs ${formatNumber(rate)} jobs a second.`]),
    ...(start === undefined ? [] : [`A job for an idle worker starts after ${formatNumber(start)} ms.`]),
    `A crash of the machine leaves ${keeps}.`,
    `You pay ${cost(figures)}.`,
  ].join(" ");
}

function idle({ broker }: Choice, figure: string): readonly Source[] {
  const ours: Source = ["idle", `${broker}, jobs, idle for 5 minutes`, figure];
  return broker === "SQLite" && figure === "CPU"
    ? [ours, ["sqlite", "idle worker in another process", "CPU while idle"]]
    : [ours];
}

/** The columns in words. */
function meanings(): string {
  const { dollars, region, source, date } = SQS_PRICE;
  return [
    "- **add**: 1,000 callers at once, one process. **run**: one worker at concurrency 100. Handlers do nothing.",
    "- **add → start**: a job is sent to an idle worker until its handler starts. Half of all starts are faster.",
    "- **a waiting job**: bytes of memory or disk for a job with one number. Your parameters come on top.",
    "- **idle**: one worker without jobs, over 5 minutes. The percentage is of one processor.",
    `- **cost** of SQS: counted requests at ${dollars.toFixed(2)} dollars a million. That is [AWS's price](${source}) in ${region}, ${date}.`,
    "  Ten jobs share a request under load. Alone, a job needs three: send, receive, delete.",
    "- **–**: not measured yet, or the broker has no such thing.",
  ].join("\n");
}

/** How often ours is ahead in the overview, and by whom it is beaten. */
function besidePeers(baselineOf: BaselineOf): string {
  const compared = compare(baselineOf);
  const behind = compared.filter(({ times }) => times < 1);
  const list = behind.map(
    ({ line: { peer, suite, work }, times }) => `- ${suite}, ${work}: ${formatNumber(times)}× ${peer}`,
  );
  const ahead = `Beside its peers, \`jobs\` is ahead in ${compared.length - behind.length} of ${compared.length} comparisons.`;
  return behind.length === 0 ? ahead : [`${ahead} It is behind here:`, "", ...list].join("\n");
}

/** What makes figures of the table less certain, if anything does. */
function warnings(baselineOf: BaselineOf, used: ReadonlySet<string>): readonly string[] {
  const baselines = [...used].flatMap((suite) => {
    const baseline = baselineOf(suite);
    return baseline === undefined ? [] : [{ suite, ...baseline }];
  });
  const machines = new Set(baselines.map(({ machine }) => comparableMachine(machine)));
  const few = baselines.filter(isPreliminary).map(({ suite, runs }) => `${suite} (${runs})`);
  return [
    ...(machines.size > 1
      ? [
          `**Brokers do not compare yet**: the table is of ${machines.size} machines or versions of Node. Compare within one row only.`,
        ]
      : []),
    ...(few.length > 0
      ? [`**Preliminary**: these suites have fewer than five runs: ${few.join(", ")}.`]
      : []),
  ];
}
