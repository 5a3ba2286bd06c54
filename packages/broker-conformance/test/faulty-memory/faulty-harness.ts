import { createMemoryStorage, memory } from "@jobs/adapter-memory";
import type { Broker, Capabilities } from "@jobs/core/broker";
import { createVirtualClock } from "@jobs/core/testing";
import { type BrokerHarness, virtualTime } from "../../src/index.ts";
import { GroupedMemory } from "./grouped-memory.ts";
import type { Inside, Mutant, QueueState } from "./mutant.ts";
import { TransactionalMemory } from "./transactional-memory.ts";

/** A harness of memory on a virtual clock, with the flaw of `mutant`. Without one it is sound. */
export async function createFaultyHarness(mutant: Mutant = { flaw: "none" }): Promise<BrokerHarness> {
  const clock = createVirtualClock();
  const storage = createMemoryStorage({ clock });
  const broken = new Set<QueueState>();
  const groups = mutant.groups === undefined ? undefined : new GroupedMemory(mutant.groups);
  const transactions =
    mutant.transactions === undefined ? undefined : new TransactionalMemory(mutant.transactions);
  const capabilities = await declared(mutant);

  function inside(name: string, leaseMs = 0): Inside {
    const { state } = storage.queue(name);
    if (!broken.has(state))
      replaceMembers(state, (mutant.state ?? groups?.state.bind(groups))?.(state, clock) ?? {});
    broken.add(state);
    return { state, clock, leaseMs };
  }

  function openBroker(): Broker {
    const sound = memory({ storage, capabilities: mutant.keeps ?? mutant.declares ?? {} });
    const real = mutant.rename ?? ((name: string) => name);
    const broker: Broker = {
      kind: sound.kind,
      reach: sound.reach,
      close: () => sound.close(),
      async openQueue(name) {
        const opened = await sound.openQueue(real(name));
        const part = inside(real(name));
        const queue = groups?.queue(opened) ?? transactions?.queue(opened, part.state, clock) ?? opened;
        return { ...queue, name, capabilities, ...mutant.queue?.(queue, part) };
      },
      async openConsumer(name, options) {
        const { settleAndReceive: _, ...opened } = await sound.openConsumer(real(name), options);
        const part = inside(real(name), options.leaseMs);
        const consumer = groups?.consumer(opened) ?? transactions?.consumer(opened, part.state) ?? opened;
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
    ...(transactions && { begin: () => transactions.begin() }),
    dispose() {},
  };
}

async function declared({ declares = {}, claims = {}, groups }: Mutant): Promise<Capabilities> {
  const { capabilities } = await memory({ capabilities: declares }).openQueue("any");
  return { ...capabilities, ...(groups && { groups: "ordered" as const }), ...claims };
}

/** Puts members, getters included, over those of the object's class. */
function replaceMembers(target: object, members: object): void {
  Object.defineProperties(target, Object.getOwnPropertyDescriptors(members));
}
