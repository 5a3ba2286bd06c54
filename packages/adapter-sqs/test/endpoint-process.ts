import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { TestTime } from "@jobs/broker-conformance";
import { createVirtualClock } from "@jobs/core/testing";
import type { QueueSpec } from "@jobs/test-servers";

const PROGRAM = fileURLToPath(new URL("./processes/endpoint.mjs", import.meta.url));

/** What is on its way over the wire has arrived after so long, in real ms. */
const WIRE_MS = 5 + Number(process.env.JOBS_TEST_SQS_JITTER_MS ?? 0);

/** Time is let go by in steps of at most so many ms while something is waited for. */
const STEP_MS = 250;

/** How long a call may need in real ms when its time is up. */
const GRACE_MS = 2_000;

/** SQS knows whole seconds. */
const TICK_MS = 1_000;

/** Later than any real `Date` of an answer, which the endpoint cannot set: that is a lower bound only. */
const START = Date.UTC(2100, 0, 1);

/** An endpoint in a process of its own, which lives in a virtual time. */
export class EndpointProcess {
  readonly url: string;
  readonly clock: ReturnType<typeof createVirtualClock>;
  readonly #child: ChildProcess;
  #asked = 0;

  private constructor(child: ChildProcess, url: string, clock: EndpointProcess["clock"]) {
    this.#child = child;
    this.url = url;
    this.clock = clock;
    child.setMaxListeners(0);
  }

  static async start(): Promise<EndpointProcess> {
    const clock = createVirtualClock(START);
    const child = fork(PROGRAM, [String(clock.now())], { execArgv: [] });
    const [{ url }] = (await once(child, "message")) as [{ readonly url: string }];
    return new EndpointProcess(child, url, clock);
  }

  /** The time of the endpoint, and of brokers on its clock. */
  get time(): TestTime {
    return {
      clock: this.clock,
      tickMs: TICK_MS,
      slackMs: 0,
      pass: (ms) => this.#pass(ms),
      within: (promise, ms) => this.#within(promise, ms),
    };
  }

  /** Makes a queue, as a person with other rights would. */
  createQueue(spec: QueueSpec): Promise<void> {
    return this.#ask({ spec });
  }

  async close(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill();
    await ended;
  }

  async #pass(ms: number): Promise<void> {
    // What was asked for before has to be there before time goes by.
    await pause(WIRE_MS);
    await Promise.all([this.#ask({ ms }), this.clock.advance(ms)]);
    // And what that woke, before anything is asserted.
    await pause(WIRE_MS);
  }

  async #within<T>(promise: Promise<T>, ms: number): Promise<T> {
    let isSettled = false;
    const settled = () => {
      isSettled = true;
    };
    promise.then(settled, settled);
    for (let left = ms; left > 0 && !isSettled; left -= STEP_MS) await this.#pass(Math.min(left, STEP_MS));
    // A limit, not a wait: it ends the test of a call that hangs.
    const late = pause(GRACE_MS, undefined, { ref: false }).then(() => {
      throw new Error(`what may take ${ms} ms of virtual time did not end`);
    });
    late.catch(() => {});
    return Promise.race([promise, late]);
  }

  #ask(question: { readonly spec: QueueSpec } | { readonly ms: number }): Promise<void> {
    const id = ++this.#asked;
    return new Promise((resolve) => {
      const onAnswer = (answer: { readonly id: number }) => {
        if (answer.id !== id) return;
        this.#child.off("message", onAnswer);
        resolve();
      };
      this.#child.on("message", onAnswer);
      this.#child.send({ id, ...question });
    });
  }
}
