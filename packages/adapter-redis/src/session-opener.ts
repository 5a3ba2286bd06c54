import { ConfigError } from "@jobs/core";
import { type BrokerSession, type Engine, queuePrefix } from "./broker-session.ts";
import { BullmqQueues, type BullmqSession } from "./bullmq/bullmq-queues.ts";
import { chooseEngine } from "./bullmq/choose-engine.ts";
import type { LoadedBullmq } from "./bullmq/load-bullmq.ts";
import { bullmqCapabilities } from "./capabilities.ts";
import { bullmqForm, envelopeForm } from "./codec/job-form.ts";
import { checkServer, parseInfo } from "./connection/check-server.ts";
import { answerCode } from "./connection/redis-answer.ts";
import type { RedisLink } from "./connection/redis-link.ts";
import { assertKeyTypes } from "./queue/check-keys.ts";
import { CHECK_KEYS } from "./scripts/check-keys.lua.ts";

/** The settings that decide how queues are opened. */
export interface OpenerOptions {
  /** The engine that is asked for. */
  readonly engine: Engine;
  readonly onWarning: (warning: string) => void;
  /** Loads BullMQ for a queue that its scripts run. */
  readonly loadBullmq: () => Promise<LoadedBullmq>;
}

/**
 * Checks server and queue when a queue is opened, so that errors do not wait for the first job. The session is `undefined`
 * for a queue that our own scripts run.
 */
export function sessionOpener(
  session: BrokerSession,
  { engine, onWarning, loadBullmq }: OpenerOptions,
): (queue: string) => Promise<BullmqSession | undefined> {
  const { link, prefix, sweepMs, keepFinished, capabilities } = session;
  const warned = new Set<string>();
  let isChecked = false;
  let opened: BullmqSession | undefined;
  const plainForm = bullmqForm(keepFinished === 0 ? DEFAULT_KEPT : keepFinished);

  return async (queue) => {
    const begin = queuePrefix(session, queue);
    const target = { name: queue, keys: [`${begin}meta`] };
    const [version = "", ...wrong] = (await link.script(CHECK_KEYS, target, [begin])) as readonly string[];
    const warn = (warning: string) => {
      if (!warned.has(queue)) onWarning(warning);
      warned.add(queue);
    };
    const hasCodec = session.codecQueues.has(queue);
    const asked = hasCodec ? "bullmq" : engine;
    const bullmq = await chooseEngine({ queue, engine: asked, version, warn, load: loadBullmq });
    assertKeyTypes(wrong, queue);
    if (bullmq === undefined) session.checkVersion(version, queue);
    if (!isChecked) {
      const warnings = checkServer(parseInfo(await serverInfo(link)), prefix);
      if (!isChecked) for (const warning of warnings) onWarning(warning);
      isChecked = true;
    }
    if (bullmq === undefined) return undefined;
    assertNoIntake(session, queue);
    opened ??= {
      ...session,
      capabilities: bullmqCapabilities(capabilities.maxMessageBytes, sweepMs, keepFinished),
      removal: keepFinished === 0 ? true : { count: keepFinished },
      bullmq,
      queues: new BullmqQueues(bullmq, prefix),
      formOf: (name) => (session.codecQueues.has(name) ? plainForm : envelopeForm),
    };
    return hasCodec ? withPlainJobs(opened) : opened;
  };
}

/** @throws ConfigError for a queue that takes messages from a list, which only our own scripts do */
function assertNoIntake({ celeryQueues, intakeLists }: BrokerSession, queue: string): void {
  const option = celeryQueues.has(queue) ? "celeryQueues" : "intakeLists";
  if (option === "intakeLists" && !intakeLists.has(queue)) return;
  const from = option === "celeryQueues" ? "of Celery's producers" : "from a list";
  throw new ConfigError(
    `redis queue "${queue}": the engine "bullmq" takes no messages ${from}; expected the engine "jobs".`,
    { hint: `Leave engine out for a broker with ${option}.` },
  );
}

/** How many finished jobs of ours a queue of plain jobs keeps by default: their values are nowhere else. */
const DEFAULT_KEPT = 1_000;

/**
 * The session for a queue of plain jobs of BullMQ. Where its producers set no option, BullMQ's default counts: a
 * finished job stays. A priority is refused, since BullMQ runs a job with one behind all jobs without.
 */
function withPlainJobs(session: BullmqSession): BullmqSession {
  const { capabilities, keepFinished } = session;
  return {
    ...session,
    capabilities: { ...capabilities, priority: false, keepsFinished: true },
    removal: keepFinished === 0 ? false : { count: keepFinished },
  };
}

/** A user without the right to ask can still use the server. */
function serverInfo(link: RedisLink): Promise<string> {
  return link.call({
    run: (client) =>
      client.info().catch((error) => (answerCode(error) === "NOPERM" ? "" : Promise.reject(error))),
  });
}
