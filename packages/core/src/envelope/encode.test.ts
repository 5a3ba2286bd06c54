import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NotJsonError } from "../errors/contract-errors.ts";
import { assertJson, MAX_JSON_DEPTH } from "../json/json-safety.ts";
import { decodeEnvelope } from "./decode.ts";
import { encodeEnvelope } from "./encode.ts";
import type { Envelope, JsonObject, JsonValue } from "./envelope.ts";

const envelope: Envelope = {
  v: 1,
  task: "add",
  params: { a: 1 },
  id: "1",
  sig: "a",
  enqueuedAt: "2026-11-21T22:40:00.000Z",
};

/** Runs of the round trip; a longer check sets more. */
const RUNS = Number(process.env.JOBS_PROPERTY_RUNS ?? 1_000);

/** Any text: every code unit, also lone surrogates. */
const texts = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
});

function isAccepted(params: unknown): boolean {
  try {
    assertJson(params, "params");
    return true;
  } catch {
    return false;
  }
}

describe("encodeEnvelope", () => {
  it("leaves out fields that hold undefined", () => {
    const sparse = {
      ...envelope,
      queue: undefined,
      headers: undefined,
      later: undefined,
    } as unknown as Envelope;
    expect(encodeEnvelope(sparse)).toBe(encodeEnvelope(envelope));
  });

  it("keeps the order of parameters", () => {
    expect(encodeEnvelope({ ...envelope, params: { b: 1, a: 2 } })).toContain('"params":{"b":1,"a":2}');
  });

  it("is readable as it stands: plain JSON, no packing [W28]", () => {
    expect(JSON.parse(encodeEnvelope({ ...envelope, headers: { tenant: "acme" } }))).toEqual({
      ...envelope,
      headers: { tenant: "acme" },
    });
  });

  it("refuses a header that is no text, which every reader would refuse", () => {
    const headers = { fine: "x", "x-retries": 3 } as unknown as Record<string, string>;
    expect(() => encodeEnvelope({ ...envelope, headers })).toThrow(NotJsonError);
    expect(() => encodeEnvelope({ ...envelope, headers })).toThrow('headers["x-retries"] is not a text');
  });

  it("writes only characters that XML 1.0 allows, as SQS asks", () => {
    fc.assert(
      fc.property(texts, texts, (text, key) => {
        const body = encodeEnvelope({
          ...envelope,
          id: text,
          params: { [`_${key}`]: [text] },
          headers: { [`_${key}`]: text },
        });
        expect(body).not.toMatch(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u);
      }),
      { seed: 1, numRuns: RUNS },
    );
  });
});

describe("the round trip [F52]", () => {
  it("brings any accepted parameters back, equal in every bit", () => {
    const values = fc.dictionary(
      fc.string({ unit: "binary" }),
      fc.anything({
        key: texts,
        values: [texts, fc.double(), fc.maxSafeInteger(), fc.boolean(), fc.constant(null)],
        withNullPrototype: true,
        maxDepth: 4,
      }),
    );
    let accepted = 0;
    fc.assert(
      fc.property(values, (params) => {
        if (!isAccepted(params)) return;
        accepted++;
        const arrived = decodeEnvelope(encodeEnvelope({ ...envelope, params: params as JsonObject })).params;
        expect(arrived).toEqual(params);
      }),
      { seed: 1, numRuns: RUNS },
    );
    expect(accepted).toBeGreaterThan(RUNS / 2);
  });

  it("brings the deepest parameters back that a producer may send", () => {
    let deepest: JsonValue = 1;
    for (let level = 1; level < MAX_JSON_DEPTH; level++) deepest = [deepest];
    const params = { deepest };
    assertJson(params, "params");
    expect(() => assertJson({ params }, "params")).toThrow(NotJsonError);
    expect(decodeEnvelope(encodeEnvelope({ ...envelope, params })).params).toEqual(params);
  });

  it("brings every field back, unknown ones included", () => {
    const filled = texts.filter((text) => text !== "");
    const moments = fc.date({
      min: new Date(0),
      max: new Date("9999-12-31T23:59:59.999Z"),
      noInvalidDate: true,
    });
    const envelopes = fc.record(
      {
        v: fc.constant(1),
        task: filled,
        params: fc.dictionary(filled, fc.jsonValue(), { noNullPrototype: true }),
        id: filled,
        sig: texts,
        enqueuedAt: moments.map((date) => date.toISOString()),
        maxAttempts: fc.integer({ min: 1 }),
        notBefore: moments.map((date) => date.toISOString()),
        queue: filled,
        priorAttempts: fc.nat(),
        rel: texts,
        headers: fc.dictionary(filled, texts, { noNullPrototype: true }),
        later: fc.jsonValue(),
      },
      { requiredKeys: ["v", "task", "params", "id", "sig", "enqueuedAt"], noNullPrototype: true },
    );
    fc.assert(
      fc.property(envelopes, (written) => {
        fc.pre(isAccepted(written));
        const body = encodeEnvelope(written as Envelope);
        const read = decodeEnvelope(body);
        expect(read).toEqual(written);
        expect(encodeEnvelope(read)).toBe(body);
      }),
      { seed: 1, numRuns: RUNS },
    );
  });
});
