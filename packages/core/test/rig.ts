import { createMemoryStorage, memory } from "@jobs/adapter-memory";
import { onTestFinished } from "vitest";
import type { Broker, Capabilities } from "../src/entries/broker.ts";
import type { LogFields } from "../src/entries/runtime.ts";
import { seededRandom } from "../src/entries/testing.ts";
import {
  type App,
  type AppOptions,
  createApp,
  type LifecycleEvent,
  type Logger,
  type Task,
  type Worker,
  type WorkerOptions,
  type WorkerReport,
} from "../src/index.ts";
import { createVirtualClock, type VirtualClock } from "../src/runtime/virtual-clock.ts";
import { type Faults, faultyBroker } from "./faulty-broker.ts";

/** A line that core logged. */
export interface LogLine {
  readonly level: keyof Logger;
  readonly message: string;
  readonly fields: LogFields;
}

/** An app on a memory broker and a virtual clock, with records of its events and logs, and with faults. */
export interface Rig<Tasks extends readonly Task[]> {
  readonly app: App<Tasks>;
  readonly clock: VirtualClock;
  readonly faults: Faults;
  readonly events: LifecycleEvent[];
  readonly logs: LogLine[];
  readonly broker: Broker;
  /** Types of the events, in order, without the worker's own. */
  trace(): string[];
  /** Starts a worker that is stopped when the test ends. */
  start(options?: WorkerOptions): { readonly worker: Worker; readonly report: Promise<WorkerReport> };
  /** Another app on the same storage and clock: another process, as far as a broker can tell. */
  other<Others extends readonly Task[]>(options: AppOptions<Others>): App<Others>;
}

/** Options of an app, and what its broker declares. */
export type RigOptions<Tasks extends readonly Task[]> = AppOptions<Tasks> & {
  readonly capabilities?: Partial<Capabilities>;
};

/** Sets up a {@link Rig}. */
export function createRig<const Tasks extends readonly Task[]>(options: RigOptions<Tasks>): Rig<Tasks> {
  const clock = createVirtualClock();
  const storage = createMemoryStorage({ clock });
  const faults: Faults = {};
  const logs: LogLine[] = [];
  const events: LifecycleEvent[] = [];
  const { capabilities, ...appOptions } = options;
  const broker = faultyBroker(memory({ storage, ...(capabilities && { capabilities }) }), faults);
  const runtime = { clock, random: seededRandom(1), logger: recordingLogger(logs) };
  const app = createApp({ broker, runtime, observers: [(event) => events.push(event)], ...appOptions });
  return {
    app,
    clock,
    faults,
    events,
    logs,
    broker,
    trace: () => events.map(({ type }) => type).filter((type) => type.startsWith("job.")),
    start(workerOptions = {}) {
      const worker = app.worker({ ownsProcess: false, ...workerOptions });
      const report = worker.run();
      report.catch(() => {});
      onTestFinished(async () => {
        const stopped = worker.force();
        await clock.advance(10_000);
        await stopped.catch(() => {});
      });
      return { worker, report };
    },
    other: (others) => createApp({ broker: memory({ storage }), runtime, ...others }),
  };
}

/** Writes down what is logged. */
export function recordingLogger(logs: LogLine[]): Logger {
  const write =
    (level: keyof Logger) =>
    (fields: LogFields, message: string): void =>
      void logs.push({ level, fields, message });
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}
