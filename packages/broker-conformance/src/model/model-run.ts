import assert from "node:assert/strict";
import type { BrokerConsumer, BrokerQueue } from "@jobs/core/broker";
import type { BrokerHarness } from "../harness/broker-harness.ts";
import { LEASE_TICKS_BY_PROCESS } from "./model-step.ts";
import { QueueModel } from "./queue-model.ts";

/** A process that works on the queue. */
export interface WorkerProcess {
  readonly queue: BrokerQueue;
  readonly consumer: BrokerConsumer;
  readonly leaseMs: number;
}

/** A model and the broker that is compared with it. */
export class ModelRun {
  readonly harness: BrokerHarness;
  readonly model: QueueModel;
  readonly #queueName: string;
  readonly #processes: WorkerProcess[] = [];

  private constructor(harness: BrokerHarness, queueName: string) {
    this.harness = harness;
    this.model = new QueueModel(harness);
    this.#queueName = queueName;
  }

  /** Opens the queue in every process on the harness's fresh storage. */
  static async open(harness: BrokerHarness): Promise<ModelRun> {
    const run = new ModelRun(harness, await harness.createQueue("model"));
    for (const index of LEASE_TICKS_BY_PROCESS.keys()) await run.restart(index);
    return run;
  }

  /** The queue as the first process sees it. */
  get queue(): BrokerQueue {
    return this.process(0).queue;
  }

  process(index: number): WorkerProcess {
    const process = this.#processes[index];
    assert(process, `process ${index}`);
    return process;
  }

  /** Replaces a process by a new one. The old one closes nothing, as after a crash. */
  async restart(index: number): Promise<void> {
    const broker = await this.harness.openBroker();
    const leaseMs = this.model.ms(LEASE_TICKS_BY_PROCESS[index] ?? 1);
    this.#processes[index] = {
      queue: await broker.openQueue(this.#queueName),
      consumer: await broker.openConsumer(this.#queueName, { leaseMs }),
      leaseMs,
    };
  }
}
