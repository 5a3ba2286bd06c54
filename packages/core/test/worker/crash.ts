import type { Broker } from "../../src/entries/broker.ts";
import type { VirtualClock } from "../../src/runtime/virtual-clock.ts";

/** Leases everything there is and dies of it, `times` over: what a crashing worker leaves behind. */
export async function crash(broker: Broker, clock: VirtualClock, times: number): Promise<void> {
  for (let round = 0; round < times; round++) {
    const consumer = await broker.openConsumer("default", { leaseMs: 1_000 });
    await consumer.receive({ max: 100, waitMs: 0, signal: new AbortController().signal });
    await consumer.close();
    await clock.advance(1_001);
  }
}
