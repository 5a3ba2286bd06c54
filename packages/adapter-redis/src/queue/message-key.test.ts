import { QueueKeys } from "bullmq";
import { expect, it } from "vitest";
import { toMessageId, toStoredId } from "./message-key.ts";

it("keeps a message apart from each key that BullMQ has for a queue", () => {
  const taken = Object.keys(new QueueKeys("bull").getKeys("letters")).filter((name) => name !== "");
  expect(taken.length).toBeGreaterThan(15);
  for (const name of taken) {
    expect(toStoredId(name)).not.toBe(name);
    expect(toMessageId(toStoredId(name))).toBe(name);
  }
});

it("keeps every other id as it is, so that BullMQ's tools show it", () => {
  expect(toStoredId("0197c1f0-0000-7000-8000-000000000000")).toBe("0197c1f0-0000-7000-8000-000000000000");
});
