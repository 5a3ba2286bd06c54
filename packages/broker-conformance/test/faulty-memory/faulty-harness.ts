import { createMemoryStorage, memory } from "@jobs/adapter-memory";
import type { Broker, Capabilities } from "@jobs/core";
import { createVirtualClock } from "@jobs/core/virtual-clock";
import { type BrokerHarness, virtualTime } from "../../src/index.ts";
import type { Inside, Mutant, QueueState } from "./mutant.ts";

/** A harness of memory on a virtual clock, with the flaw of `mutant`. Without one it is sound. */
export async function createFaultyHarness(mutant: Mutant = { flaw: "none" }): Promise<BrokerHarness> {
  const clock = createVirtualClock();
  const storage = createMemoryStorage({ clock });
  const broken = new Set<QueueState>();
  const capabilities = await declared(mutant);

  function inside(name: string, leaseMs = 0): Inside {
    const { state } = storage.queue(name);
    if (!broken.has(state)) replaceMembers(state, mutant.state?.(state, clock) ?? {});
    broken.add(state);
    return { state, clock, leaseMs };
  }

  function openBroker(): Broker {
    const sound = memory({ storage, capabilities: mutant.keeps ?? mutant.declares ?? {} });
    const real = mutant.rename ?? ((name: string) => name);
    const broker: Broker = {
      kind: sound.kind,
      close: () => sound.close(),
      async openQueue(name) {
        const queue = await sound.openQueue(real(name));
        const part = inside(real(name));
        return { ...queue, name, capabilities, ...mutant.queue?.(queue, part) };
      },
      async openConsumer(name, options) {
        const { settleAndReceive: _, ...consumer } = await sound.openConsumer(real(name), options);
        const part = inside(real(name), options.leaseMs);
        const flaw = mutant.consumer?.(consumer, part);
        return { ...consumer, queue: name, capabilities, ...flaw };
      },
    };
    return { ...broker, ...mutant.broker?.(broker) };
  }

  return {
    capabilities,
    time: virtualTime(clock, { graceMs: 20 }),
    openBroker,
    createQueue: (suffix) => `test-${suffix}`,
    leftovers: () => storage.leftovers(),
    corrupt: (queue, messageId) =>
      void Object.assign(storage.queue(queue).state.find(messageId) ?? {}, { body: "{" }),
    dispose() {},
  };
}

async function declared({ declares = {} }: Mutant): Promise<Capabilities> {
  const queue = await memory({ capabilities: declares }).openQueue("any");
  return queue.capabilities;
}

/** Puts members, getters included, over those of the object's class. */
function replaceMembers(target: object, members: object): void {
  Object.defineProperties(target, Object.getOwnPropertyDescriptors(members));
}
