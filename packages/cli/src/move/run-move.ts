import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type App, ConfigError } from "@jobs/core";
import {
  type Broker,
  type BrokerQueue,
  fullQueueName,
  REACHES,
  UnsupportedError,
  validateBroker,
} from "@jobs/core/broker";
import { listenToStopSignals, systemClock } from "@jobs/core/runtime";
import { CliError } from "../output/cli-error.ts";
import { EXIT } from "../output/exit-codes.ts";
import { endProcess } from "../output/exit-process.ts";
import { openProgress } from "../output/open-progress.ts";
import { warn } from "../output/warn.ts";
import { openOneOfTwo } from "../project/choose-broker.ts";
import { openApp } from "../project/open-app.ts";
import type { FlagSettings } from "../project/open-project.ts";
import { warnOfUnused } from "../queues/selected-queues.ts";
import { MoveJournal } from "./journal.ts";
import { moveLeased } from "./move-leased.ts";
import { lookAtStored, moveStored } from "./move-stored.ts";
import { type MovedQueue, PAGE_SIZE, Pace, QueueMove } from "./queue-move.ts";
import type { MoveTarget, RefusedJob } from "./send-jobs.ts";

/** Flags of `jobs move`. */
export interface MoveFlags extends FlagSettings {
  readonly from: string;
  readonly to: string;
  readonly queues?: readonly string[] | undefined;
  /** Jobs a second. */
  readonly rate?: number | undefined;
  readonly journal?: string | undefined;
  /** In ms. */
  readonly lease?: number | undefined;
  readonly "until-empty"?: boolean | undefined;
  readonly "dry-run": boolean;
}

/** Default of `--lease`, in ms. After a kill, leased jobs come back so late. */
const LEASE_MS = 60_000;

/** How long the mark that tells two brokers apart is kept if the command is killed. */
const MARK_MS = 60_000;

/** The result of a move. */
export interface MoveReport {
  readonly isDryRun: boolean;
  /** A signal has ended it early. */
  readonly isStopped: boolean;
  /** An earlier process had begun it. */
  readonly isResumed: boolean;
  readonly queues: readonly MovedQueue[];
}

interface TwoBrokers {
  readonly app: App;
  readonly folder: string;
  readonly from: Broker;
  readonly to: Broker;
}

/** A queue in both brokers. */
interface QueuePair {
  readonly name: string;
  readonly source: BrokerQueue;
  readonly target: MoveTarget;
}

/** Moves the jobs of queues from one broker to another, or says what it would move. */
export async function runMove(flags: MoveFlags): Promise<MoveReport> {
  const { broker: _, ...settings } = flags;
  await using opened = await openApp({
    flags: settings,
    hasBroker: false,
    hasResults: true,
    isAppOptional: true,
  });
  const { app, project } = opened;
  const from = validateBroker(await openOneOfTwo(flags.from, project));
  const to = validateBroker(await openOneOfTwo(flags.to, project));
  try {
    const two = { app, folder: project.folder, from, to };
    checkBrokers(two, flags);
    const pairs = await openPairs(two, flags.queues);
    await checkApart(two);
    return flags["dry-run"] ? await lookAtAll(pairs) : await moveAll(pairs, two, flags);
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
}

/** @throws UnsupportedError for a broker in memory, which no other process sees */
function checkBrokers({ from, to }: TwoBrokers, flags: MoveFlags): void {
  if (flags.from === flags.to) throw sameBroker();
  for (const { kind, reach } of [from, to]) {
    if (reach !== "process") continue;
    throw new UnsupportedError(
      { broker: kind },
      "reach",
      "keeps its queues in the memory of one process",
      "Name a broker that workers share.",
    );
  }
}

function sameBroker(): ConfigError {
  return new ConfigError("--from and --to are the same broker.", {
    hint: "Name the broker that gets the jobs by --to.",
  });
}

/**
 * One server may have two addresses. Each job would be its own duplicate there, and be removed.
 * @throws ConfigError if a mark that is written to one broker is in the other
 */
async function checkApart({ from: { coordination: one }, to: { coordination: other } }: TwoBrokers) {
  if (one === undefined || other === undefined) return;
  const set = "jobs.move";
  const name = randomUUID();
  await one.put({ set, name, value: "source" }, MARK_MS);
  try {
    const marks = await other.list(set);
    if (marks.some((mark) => mark.name === name)) throw sameBroker();
  } finally {
    await one.remove(set, name);
  }
}

async function openPairs(
  { app, from, to }: TwoBrokers,
  named: readonly string[] = [],
): Promise<readonly QueuePair[]> {
  warnOfUnused(app, named);
  const names = [named, app.queues, ["default"]].find((list) => list.length > 0) ?? [];
  const sharesGroups = isStoreOfBoth(app, from, to);
  const pairs: QueuePair[] = [];
  for (const name of names) {
    const full = fullQueueName(app.config.queuePrefix, name);
    const source = await from.openQueue(full);
    const target = { queue: await to.openQueue(full), broker: to.kind, sharesGroups };
    checkSource(source, from.kind);
    pairs.push({ name, source, target });
  }
  return pairs;
}

/** Whether the values of groups are in a result store that both brokers' workers use. */
function isStoreOfBoth({ results }: App, ...brokers: readonly Broker[]): boolean {
  if (results === undefined) return false;
  const reachOf = ({ reach }: Pick<Broker, "reach">) => REACHES.indexOf(reach);
  return brokers.every((broker) => reachOf(broker) <= reachOf(results));
}

/** @throws UnsupportedError for a queue whose groups or priorities cannot be read */
function checkSource(source: BrokerQueue, broker: string): void {
  const { groups, priority } = source.capabilities;
  if (groups === "ordered") {
    throw new UnsupportedError(
      { broker, queue: source.name },
      "groups",
      "does not show the groups of its jobs, which would lose their order",
      BRIDGE_HINT,
    );
  }
  if (!isStored(source) && priority !== false) {
    throw new UnsupportedError(
      { broker, queue: source.name },
      "priority",
      "does not show the priorities of its jobs",
      BRIDGE_HINT,
    );
  }
  if (groups === "fair")
    warn(`${broker} queue "${source.name}": fair groups are not kept, since the broker does not show them.`);
}

const BRIDGE_HINT = "Let workers finish its jobs: jobs worker --broker TO --also FROM --until-empty.";

/** Whether its jobs can be read and removed by id, while nobody gets them. */
function isStored({ capabilities }: BrokerQueue): boolean {
  return capabilities.peek === true && capabilities.remove && capabilities.pause;
}

async function moveAll(pairs: readonly QueuePair[], two: TwoBrokers, flags: MoveFlags): Promise<MoveReport> {
  const stop = new AbortController();
  const unlisten = listenToStopSignals({
    onStop: () => stop.abort(),
    onForce: () => endProcess(EXIT.forced),
    clock: systemClock,
  });
  const journal = openJournal(two.folder, flags);
  const { isResumed } = journal;
  let isDone = false;
  try {
    using progress = await openProgress("moved");
    const pace = new Pace(flags.rate ?? Number.POSITIVE_INFINITY);
    let moved = 0;
    const queues: MovedQueue[] = [];
    for (const pair of pairs) {
      if (stop.signal.aborted) break;
      const onMoved = (count: number) => {
        moved += count;
        progress?.show({ count: moved });
      };
      const isUntilEmpty = flags["until-empty"] === true;
      const move = new QueueMove({ ...pair, journal, pace, isUntilEmpty, stop: stop.signal, onMoved });
      queues.push(await moveQueue(move, two.from, flags.lease));
    }
    isDone = !journal.hasOpenSends;
    return { isDryRun: false, isStopped: stop.signal.aborted, isResumed, queues };
  } finally {
    journal.close({ isDone });
    unlisten();
  }
}

async function moveQueue(move: QueueMove, from: Broker, leaseMs = LEASE_MS): Promise<MovedQueue> {
  const { source } = move;
  if (isStored(source)) {
    await moveStored(move);
    return move.result();
  }
  const { maxMs } = source.capabilities.lease;
  const consumer = await from.openConsumer(source.name, { leaseMs: Math.min(leaseMs, maxMs) });
  try {
    await moveLeased(move, consumer);
  } finally {
    await consumer.close();
  }
  return move.result();
}

/** @throws CliError `usage` also while a killed move in the other direction is not resumed: jobs that it sent come back now */
function openJournal(folder: string, flags: MoveFlags): MoveJournal {
  const { from, to, journal = defaultJournal(folder, flags) } = flags;
  const back = defaultJournal(folder, { ...flags, from: to, to: from });
  if (existsSync(back)) {
    throw new CliError("usage", "a move in the other direction was killed, and is not done.", {
      hint: `Resume it first. If it is not wanted any more, remove ${back}.`,
    });
  }
  return MoveJournal.open(journal, flags);
}

/** Beside the database of the project, one for each pair of brokers. The name quotes no URL. */
function defaultJournal(folder: string, { from, to }: MoveFlags): string {
  const hash = createHash("sha256").update(`${from}\n${to}`).digest("hex").slice(0, 12);
  return join(folder, ".jobs", `move-${hash}.jsonl`);
}

/** Reads what can be read, and changes nothing. */
async function lookAtAll(pairs: readonly QueuePair[]): Promise<MoveReport> {
  const queues: MovedQueue[] = [];
  for (const pair of pairs) queues.push(await lookAt(pair));
  return { isDryRun: true, isStopped: false, isResumed: false, queues };
}

/** A source that shows no jobs can only be counted: each job is checked when it is moved. */
async function lookAt({ name, source, target }: QueuePair): Promise<MovedQueue> {
  const refused: RefusedJob[] = [];
  const { ready, delayed, leased, dead } = await source.stats();
  const none = { name, refused, maybeTwice: [] };
  if (!isStored(source)) {
    const letters = source.takeDead === undefined ? 0 : (dead.n ?? 0);
    const left = { ready: 0, delayed: delayed.n, leased: leased.n, dead: (dead.n ?? 0) - letters };
    return { ...none, moved: (ready.n ?? 0) + letters, dead: letters, left };
  }
  const counts = await lookAtStored({ source, target, pageSize: PAGE_SIZE }, ({ key, message }, error) => {
    refused.push({ key, id: message.id, task: message.label, error });
  });
  const left = {
    ready: (ready.n ?? 0) - counts.ready,
    delayed: (delayed.n ?? 0) - counts.delayed,
    leased: leased.n,
    dead: (dead.n ?? 0) - counts.dead,
  };
  return { ...none, moved: counts.ready + counts.delayed + counts.dead, dead: counts.dead, left };
}
