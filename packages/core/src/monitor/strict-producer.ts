import { type Producer, refused } from "../producer/producer.ts";
import type { EventPublisher } from "./event-publisher.ts";

/**
 * A producer whose enqueue resolves when the monitor's queue has the job's event (requirement T7). If the event is not
 * stored in time, the enqueue fails with `maybeSent`. The job is stored then, and its event follows while the process
 * lives.
 */
export function strictProducer(producer: Producer, reporter: EventPublisher): Producer {
  async function reported<T>(answer: Promise<T>): Promise<T> {
    const given = await answer;
    await reporter.stored();
    return given;
  }
  const enqueue: Producer["enqueue"] = (...job) => reported(producer.enqueue(...job));
  return {
    enqueue,
    enqueueMany: (items, origin) =>
      Promise.all(
        items.map(([task, params, options]) => enqueue(task, params, options, origin).catch(refused)),
      ),
    forward: (...job) => reported(producer.forward(...job)),
  };
}
