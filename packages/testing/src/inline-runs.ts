import { AsyncLocalStorage } from "node:async_hooks";
import type { Producer } from "@jobs/core/testing";

/** Runs jobs as soon as they are enqueued. Jobs that a handler enqueues run after it, in the same run. */
export class InlineRuns {
  /** Set in code that a run has called. */
  readonly #run = new AsyncLocalStorage<true>();
  #last: Promise<unknown> = Promise.resolve();

  /** Marks `run` as a run: an enqueue in it does not wait for another run. */
  enter<Outcome>(run: () => Promise<Outcome>): Promise<Outcome> {
    return this.#run.run(true, run);
  }

  /** A producer whose calls resolve once `runAll` has run all that is ready. */
  after(producer: Producer, runAll: () => Promise<unknown>): Producer {
    const ran = async <Answer>(sent: Promise<Answer>): Promise<Answer> => {
      const answer = await sent;
      // The run that has called this handler also runs its follow-ups. To wait for them here would be a deadlock.
      if (this.#run.getStore() !== undefined) return answer;
      const last = this.#last.catch(() => {}).then(() => this.enter(runAll));
      this.#last = last;
      await last;
      return answer;
    };
    return {
      enqueue: (...job) => ran(producer.enqueue(...job)),
      enqueueMany: (...items) => ran(producer.enqueueMany(...items)),
      forward: (...job) => ran(producer.forward(...job)),
    };
  }
}
