import fc from "fast-check";
import { expect, it } from "vitest";
import { DedupeCache } from "./dedupe-cache.ts";
import { type LeasedMessage, takenAs } from "./leased-message.ts";

const LEASE_MS = 30;

function leased(id: string, now: number): LeasedMessage {
  const message = { MessageId: id, ReceiptHandle: `${id}@${now}` };
  return takenAs(message, now, now + LEASE_MS);
}

it("knows at least the last 10,000 messages it has done with, and at most 20,000", () => {
  const dedupe = new DedupeCache();
  for (let n = 0; n < 50_000; n++) dedupe.addDone(`message-${n}`);
  const remembered = Array.from({ length: 50_000 }, (_, n) => dedupe.meet(`message-${n}`, "", 0) === "done");
  expect(remembered.slice(-10_000).every(Boolean)).toBe(true);
  expect(remembered.slice(0, -20_000).some(Boolean)).toBe(false);
});

it("holds a message until its lease ends, also among many whose leases ended without a word", () => {
  const dedupe = new DedupeCache();
  for (let now = 0; now < 10_000; now++) dedupe.addLeased(leased(`message-${now}`, now), now);
  const known = Array.from(
    { length: 10_000 },
    (_, n) => dedupe.meet(`message-${n}`, "again", 10_000) === "leased",
  );
  expect(known.filter(Boolean)).toHaveLength(LEASE_MS - 1);
  expect(known.slice(10_001 - LEASE_MS).every(Boolean)).toBe(true);
});

it("lets go only of the lease it is told, not of a later one of the same message", () => {
  const dedupe = new DedupeCache();
  const [stale, current] = [leased("message", 0), leased("message", LEASE_MS)];
  dedupe.addLeased(stale, 0);
  dedupe.addLeased(current, LEASE_MS);
  dedupe.removeLeased(stale);
  expect(dedupe.meet("message", "again", LEASE_MS)).toBe("leased");
  expect(current.receipts).toEqual([`message@${LEASE_MS}`, "again"]);
  dedupe.removeLeased(current);
  expect(dedupe.meet("message", "again", LEASE_MS)).toBe("new");
});

const ID = fc.constantFrom("one", "two");

/** Steps of SQS and of a worker, in any order. Any message may arrive at any time, and any lease may end late. */
const STEP = fc.oneof(
  fc.record({ do: fc.constant("come" as const), id: ID }),
  fc.record({ do: fc.constantFrom("ack" as const, "retry" as const, "extend" as const), pick: fc.nat() }),
  fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: LEASE_MS }) }),
);

it("never swallows a message that is neither held nor done, and never lets one through that is [F26]", () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 60 }), (steps) => {
      const dedupe = new DedupeCache();
      const leases: LeasedMessage[] = [];
      const done = new Set<string>();
      const holder = new Map<string, LeasedMessage>();
      let now = 0;
      for (const step of steps) {
        const lease = "pick" in step ? leases[step.pick % Math.max(1, leases.length)] : undefined;
        if (step.do === "pass") now += step.ms;
        if (step.do === "come") {
          const unlessDone = (holder.get(step.id)?.leasedUntil ?? 0) > now ? "leased" : "new";
          const expected = done.has(step.id) ? "done" : unlessDone;
          expect(dedupe.meet(step.id, `again-${leases.length}`, now)).toBe(expected);
          if (expected !== "new") continue;
          const fresh = { ...leased(step.id, now), receipts: [`receipt-${leases.length}`] };
          leases.push(fresh);
          holder.set(step.id, fresh);
          dedupe.addLeased(fresh, now);
        }
        if (lease === undefined) continue;
        if (step.do === "extend" && lease.leasedUntil > now) lease.leasedUntil = now + LEASE_MS;
        if (step.do === "ack" && lease.leasedUntil > now) {
          dedupe.addDone(lease.id);
          done.add(lease.id);
        }
        if (step.do === "retry") {
          dedupe.removeLeased(lease);
          if (holder.get(lease.id) === lease) holder.delete(lease.id);
        }
      }
    }),
    { seed: 1, numRuns: 2_000 },
  );
});
