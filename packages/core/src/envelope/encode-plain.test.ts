import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeEnvelope, encodePlainEnvelope, plainForm } from "./encode.ts";
import { ENVELOPE_VERSION, type JsonObject } from "./envelope.ts";

describe("the short way to write an envelope", () => {
  it("writes the same text as the long way, whatever task, signature and parameters are [W28]", () => {
    const texts = fc.string({ unit: "binary" });
    const params = fc.dictionary(texts, fc.jsonValue({ maxDepth: 3, stringUnit: "binary" }));
    const ids = fc.stringMatching(/^[A-Za-z0-9_.-]{1,128}$/);
    const versions = fc.constantFrom(undefined, 2, 17);
    fc.assert(
      fc.property(fc.tuple(texts, texts), params, ids, versions, ([task, sig], given, id, taskVersion) => {
        const job = { params: given as JsonObject, id, enqueuedAt: "2026-11-21T22:40:00.000Z" };
        const short = encodePlainEnvelope(plainForm(task, sig, taskVersion), job);
        const more = taskVersion === undefined ? {} : { taskVersion };
        expect(short).toBe(encodeEnvelope({ v: ENVELOPE_VERSION, task, sig, ...job, ...more }));
      }),
      { seed: 1 },
    );
  });
});
