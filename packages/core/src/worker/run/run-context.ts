import type { Envelope } from "../../envelope/envelope.ts";
import type { NextStep } from "../../envelope/next-step.ts";
import { ConfigError } from "../../errors/config-errors.ts";
import { carriedHeaders } from "../../job/carried-headers.ts";
import type { Followups, JobContext, JobLog } from "../../job/context.ts";
import type { Enqueue, EnqueuedJob, EnqueueOptions } from "../../job/enqueue.ts";
import type { Producer } from "../../producer/producer.ts";
import type { Task } from "../../task/task.ts";
import { createJobLog, type JobLogParts } from "./job-log.ts";
import type { Run } from "./run.ts";

/** What a context reaches out to. */
export interface ContextParts extends JobLogParts {
  readonly producer: Producer;
}

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** The `ctx` of one run. A class with getters: made for every job, so it costs only what the handler looks at. */
export class RunContext implements JobContext {
  readonly #run: Run;
  readonly #envelope: Envelope;
  readonly #parts: ContextParts;
  readonly maxAttempts: number;
  #log: JobLog | undefined = undefined;
  #enqueue: Enqueue | undefined = undefined;

  constructor(run: Run, envelope: Envelope, maxAttempts: number, parts: ContextParts) {
    this.#run = run;
    this.#envelope = envelope;
    this.maxAttempts = maxAttempts;
    this.#parts = parts;
  }

  get id(): string {
    return this.#envelope.id;
  }

  get idempotencyKey(): string {
    return this.#envelope.id;
  }

  get task(): string {
    return this.#run.task;
  }

  get attempt(): number {
    return this.#run.attempt;
  }

  get queue(): string {
    return this.#run.source.queue;
  }

  get domain(): string | undefined {
    return this.#envelope.domain;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#envelope.headers ?? NO_HEADERS;
  }

  get enqueuedAt(): number {
    return Date.parse(this.#envelope.enqueuedAt);
  }

  get signal(): AbortSignal {
    return this.#run.signal;
  }

  get log(): JobLog {
    this.#log ??= createJobLog(this.#run, this.#parts);
    return this.#log;
  }

  progress(value: unknown): void {
    const { lifecycle, runtime } = this.#parts;
    lifecycle.publish({ type: "job.progress", at: runtime.clock.now(), job: this.#run.ref, progress: value });
  }

  /** Bound to this run, so that handlers may take it out of the context; made on first use. */
  get enqueue(): Enqueue {
    this.#enqueue ??= this.#enqueueChild.bind(this);
    return this.#enqueue;
  }

  get followups(): Followups {
    return { take: () => this.#takeFollowups() };
  }

  #takeFollowups(): readonly NextStep[] {
    const { join, next = [] } = this.#envelope;
    if (join !== undefined) {
      const hint = "Take them in a job of a chain, or let the step behind the group decide.";
      throw new ConfigError(
        "a member of a group cannot take its follow-ups: the others wait for its value.",
        {
          hint,
        },
      );
    }
    this.#run.hasTakenFollowups = true;
    return structuredClone(next);
  }

  #enqueueChild<Input>(
    task: Task<string, Input>,
    params: Input,
    options?: EnqueueOptions,
  ): Promise<EnqueuedJob> {
    const origin = { parent: this.#envelope.id, headers: carriedHeaders(this.headers) };
    return this.#parts.producer.enqueue(task as Task, params, options, origin);
  }
}
