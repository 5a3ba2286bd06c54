import type { Broker } from "../../src/entries/broker.ts";

/** Points for a kill of a scheduler: the tick is taken but not sent, or sent but not marked. */
export type KillPoint = "claimed" | "sent";

/** A process from a broker's view: after its death no call arrives and no answer returns. */
export interface MortalBroker {
  readonly broker: Broker;
  /** Dies at the next point of this kind. Resolves when it is dead. */
  killAt(point: KillPoint): Promise<void>;
}

/** Wraps a broker; `onStored` hears the id of every job that the broker really added. */
export function mortalBroker(inner: Broker, onStored: (id: string) => void): MortalBroker {
  let killAt: KillPoint | undefined;
  let onDeath = () => {};
  let isDead = false;
  const never = new Promise<never>(() => {});

  async function reach<T>(call: () => Promise<T>): Promise<T> {
    if (isDead) return never;
    const answer = await call();
    return isDead ? never : answer;
  }

  function pass(point: KillPoint): void {
    if (killAt !== point) return;
    isDead = true;
    onDeath();
  }

  /** Every method of a port behind the same door. */
  function mortal<Port extends object>(port: Port, own: Partial<Port> = {}): Port {
    return new Proxy(port, {
      get(target, key) {
        const value = Reflect.get(own, key) ?? Reflect.get(target, key);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => reach(() => value.apply(target, args));
      },
    });
  }

  const coordination = inner.coordination;
  if (coordination === undefined) throw new Error("the broker needs a coordination store");
  const mortalMarks = mortal(coordination, {
    async claim(mark, ttlMs) {
      const standing = await coordination.claim(mark, ttlMs);
      if (mark.set.startsWith("schedule/") && standing === mark.value) pass("claimed");
      return standing;
    },
  });
  const broker: Broker = {
    kind: inner.kind,
    reach: inner.reach,
    coordination: mortalMarks,
    async openQueue(name) {
      const queue = await inner.openQueue(name);
      return mortal(queue, {
        async send(messages) {
          const results = await queue.send(messages);
          results.forEach(({ status }, index) => {
            if (status === "sent") onStored(messages[index]?.id ?? "");
          });
          pass("sent");
          return results;
        },
      });
    },
    openConsumer: async (name, options) => mortal(await inner.openConsumer(name, options)),
    close: () => inner.close(),
  };
  return {
    broker,
    killAt: (point) => {
      killAt = point;
      return new Promise((resolve) => {
        onDeath = resolve;
      });
    },
  };
}
