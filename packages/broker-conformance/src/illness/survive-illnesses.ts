import { inspect } from "node:util";
import {
  type App,
  BrokerUnavailableError,
  createApp,
  defineTask,
  handle,
  isJobsError,
  type JobsError,
  type LifecycleEvent,
} from "@jobs/core";
import type { Broker } from "@jobs/core/broker";
import { expect } from "vitest";

/** A fault of a server that does not end its process, such as a full memory or a changed password. */
export interface Illness {
  /** What the server answers, named by a failed test. */
  readonly answers: string;
  /** The message of the error of an enqueue. */
  readonly message: RegExp;
  /** Its hint. Default: a sentence. */
  readonly hint?: RegExp;
  /** Its code. Default: `broker_unavailable`, which may be tried again. The others may not. */
  readonly code?: "access_denied" | "invalid_config";
  /** Whether workers go on, so that no event tells of it. Default false. */
  readonly sparesWorkers?: boolean;
  /** Makes the server ill. */
  begin(): Promise<unknown>;
  /** Makes it well again. */
  end(): Promise<unknown>;
}

const work = defineTask("work", { name: "string" }, { pollIntervalMs: 20 });

/**
 * Brings one illness after the other to the server of a broker, under a worker that holds a job. An enqueue must get the
 * expected error. The worker must tell of the illness once, and go on when the server is well. Each stored job runs
 * once, and no refused one.
 * @param secret is in all jobs, and belongs into the passwords of the broker: no log line may have it
 * @throws AssertionError where something else happens
 */
export async function surviveIllnesses(
  broker: Broker,
  illnesses: readonly Illness[],
  secret: string,
): Promise<void> {
  const patient = new Patient(broker, secret);
  const worker = patient.app.worker({ ownsProcess: false });
  const run = worker.run();
  for (const [n, illness] of illnesses.entries()) await survive(patient, n, illness);
  const { ran, sent, refused, said } = patient;
  expect(ran).toEqual(expect.arrayContaining(sent));
  expect(new Set(ran).size).toBe(ran.length);
  expect(ran.filter((name) => refused.includes(name))).toEqual([]);
  expect(refused.length).toBeGreaterThanOrEqual(illnesses.length);
  expect(inspect(said, { depth: 9 })).not.toContain(secret);
  await worker.stop();
  expect(await run).toMatchObject({ cause: "stop", succeeded: ran.length, retried: 0, dead: 0 });
  await patient.app.close();
}

async function survive(patient: Patient, n: number, illness: Illness): Promise<void> {
  const {
    answers,
    message,
    hint = /^[A-Z].*\./,
    code = "broker_unavailable",
    sparesWorkers = false,
  } = illness;
  const { app, events, gates, ran, sent } = patient;
  events.length = 0;
  await patient.enqueue(`held-${n}`);
  const held = sent.at(-1) ?? "";
  await expect.poll(() => gates.has(held)).toBe(true);
  await illness.begin();
  // A connection that was just lost is another error.
  await expect
    .poll(async () => ({ answers, ...errorOf(await patient.enqueue(`refused-${n}`)) }))
    .toMatchObject({
      answers,
      code,
      // Nothing was stored, so that another try is safe.
      ...(code === "broker_unavailable" ? { retryable: true, maybeSent: false } : { retryable: false }),
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  // The end of this job is told while the server is ill.
  gates.get(held)?.();
  const types = () => events.map(({ type }) => type).filter((type) => type.startsWith("broker."));
  if (!sparesWorkers) await expect.poll(types).toEqual(["broker.lost"]);
  await illness.end();
  await expect.poll(() => patient.enqueue(`after-${n}`)).toBe("sent");
  await expect.poll(() => ran).toContain(sent.at(-1));
  const nothing = { ready: { n: 0 }, leased: { n: 0 }, dead: { n: 0 } };
  await expect.poll(() => app.stats("default")).toMatchObject(nothing);
  if (!sparesWorkers) expect(types()).toEqual(["broker.lost", "broker.back"]);
}

/** An app on the server, and what happened to its jobs. Names of jobs are unique. */
class Patient {
  readonly app: App;
  readonly events: LifecycleEvent[] = [];
  /** Jobs by their starts. */
  readonly ran: string[] = [];
  /** What ends the jobs that are held, by their names. */
  readonly gates = new Map<string, () => void>();
  /** Each part of a log line. */
  readonly said: unknown[] = [];
  readonly sent: string[] = [];
  /** Jobs that were surely not stored. */
  readonly refused: string[] = [];
  readonly #secret: string;
  #tries = 0;

  constructor(broker: Broker, secret: string) {
    this.#secret = secret;
    const note = (fields: unknown, message: string) => void this.said.push(fields, message);
    this.app = createApp({
      broker,
      tasks: [work],
      handlers: [
        handle(work, async ({ name }) => {
          this.ran.push(name);
          if (name.startsWith("held")) await new Promise<void>((resolve) => this.gates.set(name, resolve));
        }),
      ],
      observers: [(event) => void this.events.push(event)],
      runtime: { logger: { debug: note, info: note, warn: note, error: note } },
    });
  }

  /** Sends a job, whose name begins so. */
  async enqueue(start: string): Promise<JobsError | "sent"> {
    const name = `${start}-${this.#secret}-${++this.#tries}`;
    try {
      await this.app.enqueue(work, { name });
      this.sent.push(name);
      return "sent";
    } catch (error) {
      if (!isJobsError(error)) throw error;
      // What was cut off on its way may be stored, and says so.
      if (!(error instanceof BrokerUnavailableError && error.maybeSent)) this.refused.push(name);
      return error;
    }
  }
}

function errorOf(error: JobsError | "sent"): object {
  if (error === "sent") return { code: "sent" };
  const { code, hint, message, retryable } = error;
  return { ...error, code, hint, message, retryable };
}
