import { expect, it } from "vitest";
import { KnownMessages } from "./known-messages.ts";

const LEASE_MS = 30;

function taken(id: string, now: number) {
  const receipts = [`${id}@${now}`];
  return { id, receipts, message: {}, takenAt: now, heldUntil: now + LEASE_MS, isCopied: false };
}

it("knows at least the last 10,000 messages it has done with, and at most 20,000", () => {
  const known = new KnownMessages();
  for (let n = 0; n < 50_000; n++) known.finish(`message-${n}`);
  const remembered = Array.from({ length: 50_000 }, (_, n) => known.meet(`message-${n}`, "", 0) === "done");
  expect(remembered.slice(-10_000).every(Boolean)).toBe(true);
  expect(remembered.slice(0, -20_000).some(Boolean)).toBe(false);
});

it("holds a message until its lease ends, also among many whose leases ended without a word", () => {
  const known = new KnownMessages();
  for (let now = 0; now < 10_000; now++) known.hold(taken(`message-${now}`, now), now);
  const held = Array.from(
    { length: 10_000 },
    (_, n) => known.meet(`message-${n}`, "again", 10_000) === "held",
  );
  expect(held.filter(Boolean)).toHaveLength(LEASE_MS - 1);
  expect(held.slice(10_001 - LEASE_MS).every(Boolean)).toBe(true);
});

it("lets go only of the lease it is told, not of a later one of the same message", () => {
  const known = new KnownMessages();
  const [stale, current] = [taken("message", 0), taken("message", LEASE_MS)];
  known.hold(stale, 0);
  known.hold(current, LEASE_MS);
  known.letGo(stale);
  expect(known.meet("message", "again", LEASE_MS)).toBe("held");
  expect(current.receipts).toEqual([`message@${LEASE_MS}`, "again"]);
  known.letGo(current);
  expect(known.meet("message", "again", LEASE_MS)).toBe("new");
});
