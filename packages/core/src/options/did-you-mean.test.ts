import { describe, expect, it } from "vitest";
import { didYouMean } from "./did-you-mean.ts";

describe("didYouMean", () => {
  it.each([
    ["send_emial", ["add", "legacy_import", "send_email"], "send_email"],
    ["que", ["queue", "priority"], "queue"],
    ["QUEUE", ["queue"], "queue"],
    ["queue", ["QUEUE"], "QUEUE"],
    ["subjct", ["to", "subject"], "subject"],
    ["tu", ["to"], undefined],
    ["x", ["a", "b"], undefined],
    ["", ["a"], undefined],
    ["concurency", ["currency", "concurrency"], "concurrency"],
    ["cat", ["bat", "car"], "bat"],
    ["entirely_else", ["send_email"], undefined],
    ["a".repeat(101), ["a".repeat(100)], undefined],
  ])("%s among %j is %s", (word, candidates, expected) => {
    expect(didYouMean(word, candidates)).toBe(expected);
  });
});
