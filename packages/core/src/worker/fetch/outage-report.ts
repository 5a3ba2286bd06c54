import { serializeError } from "../../errors/serialized-error.ts";
import type { Lifecycle } from "../../job/lifecycle.ts";
import type { Runtime } from "../../runtime/runtime.ts";

/** Tells people and observers that a queue's broker has stopped answering, and that it answers again: each once. */
export interface OutageReport {
  began(queue: string, error: unknown): void;
  ended(queue: string): void;
}

/** Creates an {@link OutageReport}. A broker that answers only now and then begins an outage with every try: its lines are limited. */
export function createOutageReport(
  { limited, clock }: Pick<Runtime, "limited" | "clock">,
  lifecycle: Lifecycle,
): OutageReport {
  return {
    began(queue, error) {
      limited.error({ err: error, queue }, "the broker does not answer; trying again until it does");
      lifecycle.publish({ type: "broker.lost", queue, error: serializeError(error), at: clock.now() });
    },
    ended(queue) {
      limited.info({ queue }, "the broker answers again");
      lifecycle.publish({ type: "broker.back", queue, at: clock.now() });
    },
  };
}
