import type { Delivery, ReceiveOptions } from "@jobs/core/broker";
import type { Session } from "./session.ts";
import type { Waiter } from "./wait-line.ts";

/**
 * Leases ready messages. Without any, waits for the first until the time is up, the signal aborts or the session ends.
 */
export async function receiveWaiting(
  session: Session,
  { waitMs, signal }: ReceiveOptions,
  take: () => readonly Delivery[],
): Promise<readonly Delivery[]> {
  if (signal.aborted) return [];
  const received = take();
  if (received.length > 0 || waitMs === 0) return received;
  return new Promise((resolve) => {
    const { queue, clock, closed } = session;
    const giveUp = () => waiter.finish([]);
    const waiter: Waiter = {
      take,
      finish(deliveries) {
        cancel();
        queue.waiting.leave(waiter);
        signal.removeEventListener("abort", giveUp);
        closed.removeEventListener("abort", giveUp);
        resolve(deliveries);
      },
    };
    const cancel = clock.schedule(waitMs, giveUp);
    signal.addEventListener("abort", giveUp, { once: true });
    closed.addEventListener("abort", giveUp, { once: true });
    queue.waiting.join(waiter);
  });
}
