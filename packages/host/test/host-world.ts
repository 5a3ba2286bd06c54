import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqlite } from "@jobs/adapter-sqlite";
import { createApp, defineTask, type Task, type WorkerOptions } from "@jobs/core";
import { createHost, type Host, type HostEvent, type RecycleLimits } from "../src/index.ts";

/** A line that a job of the fixture has written. */
export interface RunLogLine {
  readonly what: "started" | "done";
  readonly id: string;
  readonly pid: number;
  readonly at: number;
}

/** The tasks of the fixture, as a producer knows them. */
export const work = defineTask("work", { ms: "integer" });
export const crash = defineTask("crash", {});
export const block = defineTask("block", {});
export const swell = defineTask("swell", {});

const APP = new URL("./fixtures/app.mjs", import.meta.url);

/** A host with its own folder, a producer for its queue, and a record of all events. */
export class HostWorld implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "jobs-host-"));
  readonly events: HostEvent[] = [];
  readonly producer = createApp({
    broker: sqlite({ file: join(this.folder, "jobs.db") }),
    tasks: [work, crash, block, swell],
  });
  /** Records every event of the processes. */
  onEvent: (event: HostEvent) => void = (event) => this.events.push(event);
  #host: Host | undefined;

  /** The host; its processes find their app's folder in the environment. */
  open(processes: number, worker: WorkerOptions = {}, recycle: RecycleLimits = {}): Host {
    process.env.HOST_TEST_FOLDER = this.folder;
    this.#host = createHost({
      app: APP,
      processes,
      worker,
      recycle,
      execArgv: [],
      onEvent: (event) => this.onEvent(event),
    });
    return this.#host;
  }

  async enqueue(task: Task, params: object, count: number): Promise<void> {
    await this.producer.enqueueMany(Array.from({ length: count }, () => [task, params] as const));
  }

  get runLog(): readonly RunLogLine[] {
    const text = readFileSync(join(this.folder, "run-log.jsonl"), { encoding: "utf8", flag: "a+" });
    return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as RunLogLine]));
  }

  /** Ids of the jobs that reached this point, once for each time. */
  ids(what: RunLogLine["what"]): readonly string[] {
    return this.runLog.filter((line) => line.what === what).map(({ id }) => id);
  }

  /** Events of one type, in order. */
  told<Type extends HostEvent["type"]>(type: Type): readonly Extract<HostEvent, { type: Type }>[] {
    return this.events.filter((event) => event.type === type) as Extract<HostEvent, { type: Type }>[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host?.force();
    await this.producer.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
