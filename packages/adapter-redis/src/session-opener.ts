import { ConfigError } from "@jobs/core";
import { type BrokerSession, queuePrefix } from "./broker-session.ts";
import { BullmqQueues, type BullmqSession } from "./bullmq/bullmq-queues.ts";
import { chooseEngine, type Engine } from "./bullmq/choose-engine.ts";
import { bullmqCapabilities } from "./capabilities.ts";
import { checkServer, parseInfo } from "./connection/check-server.ts";
import { answerCode } from "./connection/redis-fault.ts";
import type { RedisLink } from "./connection/redis-link.ts";
import { assertKeyTypes } from "./queue/check-keys.ts";
import { CHECK_KEYS } from "./scripts/check-keys.lua.ts";

/** How queues are opened. */
export interface OpenerOptions {
  /** The engine that is asked for. */
  readonly engine: Engine;
  readonly onWarning: (warning: string) => void;
}

/**
 * Checks server and queue when a queue is opened, so that errors do not wait for the first job. The session is `undefined`
 * for a queue that our own scripts run.
 */
export function sessionOpener(
  session: BrokerSession,
  { engine, onWarning }: OpenerOptions,
): (queue: string) => Promise<BullmqSession | undefined> {
  const { link, prefix, sweepMs, keepFinished, capabilities } = session;
  const warned = new Set<string>();
  let isChecked = false;
  let opened: BullmqSession | undefined;

  return async (queue) => {
    const begin = queuePrefix(session, queue);
    const target = { name: queue, keys: [`${begin}meta`] };
    const [version = "", ...wrong] = (await link.script(CHECK_KEYS, target, [begin])) as readonly string[];
    const warn = (warning: string) => {
      if (!warned.has(queue)) onWarning(warning);
      warned.add(queue);
    };
    const bullmq = await chooseEngine({ queue, engine, version, warn });
    assertKeyTypes(wrong, queue);
    if (!isChecked) {
      const warnings = checkServer(parseInfo(await serverInfo(link)));
      if (!isChecked) for (const warning of warnings) onWarning(warning);
      isChecked = true;
    }
    if (bullmq === undefined) return undefined;
    if (session.celeryQueues.has(queue)) {
      throw new ConfigError(
        `redis queue "${queue}": the engine "bullmq" takes no messages of Celery's producers; expected the engine "jobs".`,
        { hint: "Leave engine out for a broker with celeryQueues." },
      );
    }
    opened ??= {
      ...session,
      capabilities: bullmqCapabilities(capabilities.maxMessageBytes, sweepMs, keepFinished),
      bullmq,
      queues: new BullmqQueues(bullmq, prefix),
    };
    return opened;
  };
}

/** A user without the right to ask can still use the server. */
function serverInfo(link: RedisLink): Promise<string> {
  return link.call({
    run: (client) =>
      client.info().catch((error) => (answerCode(error) === "NOPERM" ? "" : Promise.reject(error))),
  });
}
