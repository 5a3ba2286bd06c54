import { BrokerUnavailableError } from "@jobs/core";
import { describe, expect, it } from "vitest";
import { type Look, waitUntil } from "./wait-until.ts";

const unavailable = () => new BrokerUnavailableError({ broker: "redis" }, "is away", {});

/** A look that finds these numbers of jobs, one after the other; the last one again and again. */
function finding(...found: readonly (number | Error)[]) {
  const counts = { looks: 0 };
  const look = async (): Promise<Look> => {
    const one = found[Math.min(counts.looks++, found.length - 1)];
    if (one instanceof Error) throw one;
    return { isDone: one === 0, status: `${one} left`, details: { left: one } };
  };
  return { counts, look };
}

const rhythm = { timeoutMs: 60_000, everyMs: 1, looks: 2 };

describe("a wait", () => {
  it("ends after two empty looks in a row, since a job may move between two pages", async () => {
    const { counts, look } = finding(3, 0, 1, 0, 0);
    expect(await waitUntil(look, rhythm)).toMatchObject({ details: { left: 0 } });
    expect(counts.looks).toBe(5);
  });

  it("does not count a look that failed as one in between", async () => {
    const { counts, look } = finding(0, unavailable(), 0, 0);
    await waitUntil(look, rhythm);
    expect(counts.looks).toBe(4);
  });

  it("says what is left when its time is up", async () => {
    const { look } = finding(2);
    await expect(waitUntil(look, { ...rhythm, timeoutMs: 5 })).rejects.toMatchObject({
      code: "timed_out",
      exitCode: 75,
      message: "after 5ms 2 left.",
      details: { left: 2 },
    });
  });

  it("ends with the error of the first look, or of a server that stays away", async () => {
    const first = finding(unavailable());
    await expect(waitUntil(first.look, rhythm)).rejects.toMatchObject({ code: "broker_unavailable" });
    expect(first.counts.looks).toBe(1);
    const later = finding(1, unavailable());
    await expect(waitUntil(later.look, { ...rhythm, timeoutMs: 20 })).rejects.toMatchObject({
      code: "broker_unavailable",
    });
  });

  it("ends at once with an error that no wait mends", async () => {
    const { counts, look } = finding(1, new TypeError("a bug"));
    await expect(waitUntil(look, rhythm)).rejects.toThrow("a bug");
    expect(counts.looks).toBe(2);
  });
});
