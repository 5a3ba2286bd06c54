import { randomUUID } from "node:crypto";
import { BrokerUnavailableError } from "@jobs/core";
import type { Broker, Diagnosis, QueueStats } from "@jobs/core/broker";
import { countOf } from "@jobs/core/config";
import { toError } from "@jobs/core/runtime";
import { hasRelay } from "./relay-claim.ts";

/** The set of the entry that a check writes. */
const CHECKS = "spool_checks";

/** How long an entry stays that could not be removed, in ms. */
const CHECK_TTL_MS = 60_000;

/** Ready, delayed and leased messages; `null` where one of the numbers is unknown. */
export function waitingOf({ ready, delayed, leased }: QueueStats): number | null {
  if (ready.n === null || delayed.n === null || leased.n === null) return null;
  return ready.n + delayed.n + leased.n;
}

/** Writes to a spool and removes it again. It makes the spool if there is none. @throws what the spool throws */
export async function checkSpool(spool: Broker, queue: string): Promise<void> {
  await (await spool.openQueue(queue)).stats();
  const name = randomUUID();
  await spool.coordination?.put({ set: CHECKS, name, value: queue }, CHECK_TTL_MS);
  await spool.coordination?.remove(CHECKS, name);
}

/** What `jobs doctor` says about a spool. The removal of an entry that does not exist needs the right to write. */
export async function diagnoseSpool(spool: Broker, queue: string): Promise<Diagnosis> {
  const check = "spool";
  const absent = spool.absence?.();
  if (absent !== undefined) {
    return {
      check,
      status: "unknown",
      message: `the spool is made by the first enqueue: ${absent}.`,
      hint: "Enqueue a job once. A spool that cannot be written then causes a warning of the process.",
    };
  }
  try {
    await spool.coordination?.remove(CHECKS, randomUUID());
    const waiting = waitingOf(await (await spool.openQueue(queue)).stats());
    return { check, status: "ok", message: `the spool can be written; ${waitingText(waiting)} in it.` };
  } catch (error) {
    return {
      check,
      status: "failed",
      message: `jobs cannot be kept while the broker is away: ${toError(error).message}`,
      hint: "Let the process write the spool, or name another one.",
    };
  }
}

/** What `jobs doctor` says about the store of an outbox: jobs that no relay sends wait for ever. */
export async function diagnoseOutbox(store: Broker, queue: string): Promise<Diagnosis> {
  const check = "outbox";
  const absent = store.absence?.();
  if (absent !== undefined) {
    const hint = "The program makes the tables of jobs before its first transaction: createTables().";
    return { check, status: "warning", message: `there is no store yet: ${absent}.`, hint };
  }
  try {
    const waiting = waitingOf(await (await store.openQueue(queue)).stats());
    const isRelayed = await hasRelay(store, queue);
    if (isRelayed ?? true)
      return { check, status: "ok", message: `a relay is at work; ${waitingText(waiting)} for it.` };
    return {
      check,
      status: "warning",
      message: `no relay is at work; ${waitingText(waiting)} for one.`,
      hint: `Run jobs relay, or createRelay() in a program.`,
    };
  } catch (error) {
    return { check, status: "failed", message: `the store of the outbox: ${toError(error).message}` };
  }
}

function waitingText(waiting: number | null): string {
  return waiting === null
    ? "jobs may wait"
    : `${countOf(waiting, "job")} ${waiting === 1 ? "waits" : "wait"}`;
}

/** The error of a relay whose store does not exist. One that made it would hide a wrong name. */
export function missingStore(broker: string, absent: string): BrokerUnavailableError {
  return new BrokerUnavailableError({ broker, role: "store" }, `${absent}.`, {
    retryable: false,
    hint: "Name the store that the program enqueues into. The program makes it, and a relay only reads it.",
  });
}
