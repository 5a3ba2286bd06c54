import type { Envelope } from "../envelope/envelope.ts";
import { deadLetterError } from "../errors/serialized-error.ts";
import type { RunRef } from "../job/lifecycle.ts";
import { retryBackoff } from "../retry/backoff.ts";
import { sleep } from "../runtime/clock.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { createSharedAbort } from "../runtime/shared-abort.ts";
import type { DeadOutcome } from "../worker/run/run-outcome.ts";
import { type JobEnd, keepEnd } from "./keep-results.ts";
import type { ResultStore } from "./result-store.ts";

/** A job that became a dead letter. */
export interface DeadJob {
  readonly job: RunRef;
  /** `undefined` where its body could not be read. */
  readonly envelope: Envelope | undefined;
  readonly death: DeadOutcome;
  /** ms since 1970. */
  readonly at: number;
}

/** Keeps the results of dead jobs, so that callers that wait for one get it. */
export interface DeathKeeper {
  /** Returns at once, since the job is already a dead letter. */
  keep(dead: DeadJob): void;
  /** Resolves when all are kept, after {@link CLOSE_MS} at the latest. */
  close(): Promise<void>;
}

/** How long storing a result is retried, in ms. The dead letter itself is in its queue. */
const TRY_MS = 60_000;

/** The longest wait of `close`, in ms. */
const CLOSE_MS = 5_000;

/** Results are stored after the job became a dead letter, which waits for no store. */
export function keepDeaths(store: ResultStore, ttlMs: number, runtime: Runtime): DeathKeeper {
  const { clock, random, limited, report } = runtime;
  const pending = new Set<Promise<void>>();
  const closing = createSharedAbort();

  async function keep(ended: JobEnd): Promise<void> {
    const giveUpAt = clock.monotonic() + TRY_MS;
    for (let failures = 1; ; failures++) {
      try {
        return await keepEnd(store, ended, ttlMs);
      } catch (error) {
        if (clock.monotonic() > giveUpAt || closing.signal.aborted) {
          const fields = { source: "store" as const, err: error, job: ended.end.id, task: ended.end.task };
          const message = "the death of a job could not be kept; its dead letter is in the queue";
          return report(fields, message, limited.error);
        }
        await sleep(clock, retryBackoff(failures, random), closing.signal);
      }
    }
  }

  return {
    keep(dead) {
      const kept = keep(endOf(dead)).finally(() => pending.delete(kept));
      pending.add(kept);
    },
    async close() {
      const ended = new AbortController();
      const all = Promise.all(pending).then(() => ended.abort());
      await sleep(clock, CLOSE_MS, ended.signal);
      closing.abort();
      await all;
    },
  };
}

function endOf({ job, envelope, death: { reason, error }, at }: DeadJob): JobEnd {
  const end = { ...job, status: "dead", error: error ?? deadLetterError(reason), finishedAt: at } as const;
  return { end, envelope, isAfterSuccess: reason === "completion_failed" };
}
