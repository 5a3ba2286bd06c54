import { type Broker, type Capabilities, validateBroker } from "@jobs/core/broker";
import type { FaultyChecks } from "./mutant.ts";

/** Puts the checks of core around a broker, with a flaw in them. Without one they are sound. */
export function checkBroker(
  broker: Broker,
  declared: Capabilities,
  { assume, ...parts }: FaultyChecks = {},
): Broker {
  const assumed = { ...declared, ...assume };
  const judged = replaceParts(broker, {
    queue: () => ({ capabilities: assumed }),
    consumer: () => ({ capabilities: assumed }),
  });
  const checked = replaceParts(validateBroker(assume === undefined ? broker : judged), {
    queue: ({ capabilities }) => ({ capabilities: assume === undefined ? capabilities : declared }),
    consumer: ({ capabilities }) => ({ capabilities: assume === undefined ? capabilities : declared }),
  });
  return replaceParts(checked, parts);
}

function replaceParts(sound: Broker, { broker, queue, consumer }: FaultyChecks): Broker {
  const replaced: Broker = {
    kind: sound.kind,
    reach: sound.reach,
    close: () => sound.close(),
    async openQueue(name) {
      const opened = await sound.openQueue(name);
      return { ...opened, ...queue?.(opened) };
    },
    async openConsumer(name, options) {
      const opened = await sound.openConsumer(name, options);
      return { ...opened, ...consumer?.(opened) };
    },
  };
  return { ...replaced, ...broker?.(replaced) };
}
