import type { ChildProcess } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { forkBuilt } from "../fork-built.ts";
import type { JobFate, RollingOrders, RollingReply, RollingRequest } from "./rolling-orders.ts";

/** What became of all jobs of a rolling deploy, in all its processes. */
export class JobLog {
  readonly fates: JobFate[] = [];
  readonly sent = new Set<string>();
  readonly #news = new EventEmitter();

  add(fate: JobFate): void {
    this.fates.push(fate);
    this.#news.emit("fate");
  }

  /** Ids of jobs that have not succeeded. */
  get open(): readonly string[] {
    const succeeded = new Set(this.fates.flatMap(({ type, id }) => (type === "succeeded" ? [id] : [])));
    return [...this.sent].filter((id) => !succeeded.has(id));
  }

  /** Resolves when all jobs that were sent have succeeded. */
  async drained(): Promise<void> {
    while (this.open.length > 0) await once(this.#news, "fate");
  }
}

/** A process of one release, with its producer and its worker. It is killed when it is disposed of. */
export class ReleaseProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #log: JobLog;
  readonly #replies = new EventEmitter();
  readonly #closed: Promise<unknown>;

  private constructor(orders: RollingOrders, log: JobLog) {
    this.#log = log;
    this.#child = forkBuilt("rolling/rolling-process", orders);
    this.#closed = once(this.#child, "close");
    this.#child.on("message", (reply: RollingReply) => this.#take(reply));
    this.#child.once("close", () =>
      this.#replies.emit("error", new Error(`release ${orders.release} has ended`)),
    );
    this.#replies.on("error", () => {});
  }

  /** Resolves when it waits for requests. */
  static async start(orders: RollingOrders, log: JobLog): Promise<ReleaseProcess> {
    const process = new ReleaseProcess(orders, log);
    await once(process.#replies, "open");
    return process;
  }

  /** Enqueues so many jobs of each row. */
  async send(batch: string, jobs: number, agoMs = 0): Promise<void> {
    const [reply] = await this.#ask({ type: "send", batch, jobs, agoMs }, "sent");
    for (const id of reply.ids) this.#log.sent.add(id);
  }

  /** Starts its worker; resolves when it takes jobs. */
  async work(): Promise<void> {
    await this.#ask({ type: "work", jobs: null }, "working");
  }

  /** Runs its worker for so many settlements. */
  async settle(jobs: number): Promise<void> {
    await this.#ask({ type: "work", jobs }, "stopped");
  }

  /** Stops its worker; resolves when that has settled all it had. */
  async stop(): Promise<void> {
    await this.#ask({ type: "stop" }, "stopped");
  }

  /** Ends the process as a deploy does. */
  async close(): Promise<void> {
    if (this.#child.connected) this.#child.send({ type: "close" } satisfies RollingRequest);
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGKILL");
    await this.#closed;
  }

  async #ask(
    request: RollingRequest,
    reply: RollingReply["type"],
  ): Promise<[{ readonly ids: readonly string[] }]> {
    const replied = once(this.#replies, reply);
    this.#child.send(request);
    return (await replied) as [{ readonly ids: readonly string[] }];
  }

  #take(reply: RollingReply): void {
    if ("row" in reply) this.#log.add(reply);
    else this.#replies.emit(reply.type, reply);
  }
}
