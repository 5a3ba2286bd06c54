import type { App } from "@jobs/core";
import { type Count, growthPerSecond, leftOf, type QueueStats } from "@jobs/core/broker";
import { type Clock, describeThrown } from "@jobs/core/runtime";
import type { AppInfo, CountValue, MinuteRow, Overview, Possible, QueueRow } from "../api/api-types.ts";

/** The parts of an overview that do not depend on who asks. */
export type Reading = Omit<Overview, "app">;

/** Reads the queues for all who look, at most once a second. */
export interface QueueReader {
  /** A reading that is at most a second old. */
  read(): Promise<Reading>;
  /** One queue now. @throws QueueNotFoundError · BrokerUnavailableError */
  readQueue(name: string): Promise<QueueRow>;
}

/** The parts of a {@link QueueReader}. */
export interface QueueReaderParts {
  readonly app: App;
  readonly clock: Clock;
  /** The last hour, from the history. */
  readMinutes(): Promise<Possible<readonly MinuteRow[]>>;
}

/** How old a reading may be, in ms. */
const FRESH_MS = 1_000;

/** Rates are those of about so many ms: of less they would jump. */
const RATE_MS = 5_000;

/** A reading of the counts that rates are made from. */
interface Sample {
  /** Monotonic, in ms. */
  readonly at: number;
  readonly stats: ReadonlyMap<string, QueueStats>;
}

/** Creates a {@link QueueReader}. */
export function createQueueReader({ app, clock, readMinutes }: QueueReaderParts): QueueReader {
  let samples: Sample[] = [];
  let latest: { readonly at: number; readonly reading: Promise<Reading> } | undefined;

  async function read(): Promise<Reading> {
    const names = queueNames(app);
    const [read, minutes] = await Promise.all([
      Promise.allSettled(names.map((name) => app.stats(name))),
      readMinutes(),
    ]);
    const stats = new Map<string, QueueStats>();
    read.forEach((one, index) => {
      if (one.status === "fulfilled") stats.set(names[index] ?? "", one.value);
    });
    const sample = { at: clock.monotonic(), stats };
    const earlier = samples[0];
    // The oldest one that is kept is the newest that is old enough.
    samples = [...samples, sample].filter(
      (_, index, all) => index === all.length - 1 || sample.at - (all[index + 1]?.at ?? 0) < RATE_MS,
    );
    const queues = names.map((name, index): QueueRow => {
      const one = read[index];
      if (one?.status === "fulfilled") return rowOf(name, one.value, rates(name, sample, earlier));
      return { ...unknownRow(name), error: describeThrown(one?.reason) };
    });
    return { queues, minutes, at: clock.now() };
  }

  return {
    read() {
      if (latest === undefined || clock.monotonic() - latest.at >= FRESH_MS)
        latest = { at: clock.monotonic(), reading: read() };
      return latest.reading;
    },
    async readQueue(name) {
      const stats = await app.stats(name);
      return rowOf(
        name,
        stats,
        rates(name, { at: clock.monotonic(), stats: new Map([[name, stats]]) }, samples[0]),
      );
    },
  };
}

/** The queues of an app without prefix; `default` for an app that names none. */
export function queueNames(app: App): readonly string[] {
  return app.queues.length > 0 ? app.queues : ["default"];
}

/** Whether an app uses the queue: others are not opened, since opening may create them. */
export function isKnownQueue(app: App, name: string): boolean {
  return queueNames(app).includes(name);
}

type Rates = Pick<QueueRow, "inRate" | "outRate">;

function rates(name: string, later: Sample, earlier: Sample | undefined): Rates {
  const [now, before] = [later.stats.get(name), earlier?.stats.get(name)];
  const seconds = (later.at - (earlier?.at ?? later.at)) / 1_000;
  if (now === undefined || before === undefined || seconds <= 0) return { inRate: null, outRate: null };
  return {
    inRate: growthPerSecond(now.entered, before.entered, seconds),
    outRate: growthPerSecond(leftOf(now), leftOf(before), seconds),
  };
}

function rowOf(name: string, stats: QueueStats, rate: Rates): QueueRow {
  return {
    name,
    ready: countValue(stats.ready),
    active: countValue(stats.leased),
    delayed: countValue(stats.delayed),
    dead: countValue(stats.dead),
    oldestAgeMs: stats.oldestReadyMs,
    ...rate,
    isPaused: stats.isPaused,
  };
}

function countValue({ n, exact }: Count): CountValue {
  return { n, isExact: exact };
}

const UNKNOWN: CountValue = { n: null, isExact: false };

function unknownRow(name: string): QueueRow {
  return {
    name,
    ready: UNKNOWN,
    active: UNKNOWN,
    delayed: UNKNOWN,
    dead: UNKNOWN,
    oldestAgeMs: null,
    inRate: null,
    outRate: null,
    isPaused: false,
  };
}

/** About the app, for somebody with this role. */
export function describeApp(
  app: App,
  { role, mayShowParams, limits }: Pick<AppInfo, "role" | "mayShowParams" | "limits">,
): AppInfo {
  const { broker, results, history, config } = app;
  return {
    broker: { kind: broker?.kind ?? "none", reach: broker?.reach ?? "process" },
    results: results?.kind ?? null,
    history: history?.kind ?? null,
    release: config.release ?? null,
    role,
    mayShowParams,
    limits,
  };
}
