import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeEnvelope, decodePlainEnvelope } from "./decode.ts";
import { encodeEnvelope } from "./encode.ts";
import type { Envelope, JsonObject } from "./envelope.ts";

const plain: Envelope = {
  v: 1,
  task: "send_email",
  params: { to: "a@b.c" },
  id: "0199f2c4-7d0e-7b6a-9a51-1f0c2d3e4f50",
  sig: "cc?,to",
  enqueuedAt: "2026-11-21T22:40:00.000Z",
};

/** Parameters that contain the separators of an envelope's fields. */
const TREACHEROUS: readonly JsonObject[] = [
  {},
  { text: '","id":"x","sig":"y","enqueuedAt":"2026-11-21T22:40:00.000Z"}' },
  { id: "x", sig: "y", enqueuedAt: "2026-11-21T22:40:00.000Z" },
  { deep: { id: "x", sig: "y", params: { id: "z" } } },
  { 'a","params":{': ['"', "\\", ',"id":"'] },
];

describe("the short way to read an envelope", () => {
  it.each(TREACHEROUS.map((params) => [JSON.stringify(params), params]))(
    "reads %s as it was sent",
    (_, params) => {
      const envelope = { ...plain, params: params as JsonObject };
      expect(decodePlainEnvelope(encodeEnvelope(envelope))).toEqual(envelope);
    },
  );

  it.each(TREACHEROUS.map((params) => [JSON.stringify(params), params]))(
    "reads %s in headers as it was sent",
    (text, params) => {
      const headers = { traceparent: "00-1-2-00", text, '","headers":{': "}" };
      const envelope = { ...plain, params: params as JsonObject, headers };
      expect(decodePlainEnvelope(encodeEnvelope(envelope))).toEqual(envelope);
    },
  );

  it.each([2, 500, 999_999_999])(
    "reads the version %i of a task, with headers and without",
    (taskVersion) => {
      const envelope = { ...plain, params: { at: 3, text: ',"taskVersion":7' }, taskVersion };
      for (const more of [{}, { headers: { a: "b", ',"taskVersion":8': "c" } }])
        expect(decodePlainEnvelope(encodeEnvelope({ ...envelope, ...more }))).toEqual({
          ...envelope,
          ...more,
        });
    },
  );

  it.each(["0", "02", "-2", "2.5", "2e3", "1234567890", '"2"', "null"])(
    "leaves the version %s to the full reader",
    (written) => {
      const body = encodeEnvelope({ ...plain, taskVersion: 2 });
      expect(decodePlainEnvelope(body.replace(/2}$/, `${written}}`))).toBeUndefined();
    },
  );

  it("leaves every envelope with more in it to the full reader", () => {
    const headers = { a: "b" };
    for (const more of [{ maxAttempts: 3 }, { headers: {} }, { parent: "p", headers }, { future: true }]) {
      const body = encodeEnvelope({ ...plain, ...more } as Envelope);
      expect(decodePlainEnvelope(body)).toBeUndefined();
      expect(decodeEnvelope(body)).toEqual({ ...plain, ...more });
    }
  });

  it("leaves headers that are no texts to the full reader, which refuses them", () => {
    const body = encodeEnvelope({ ...plain, headers: { a: "b" } });
    for (const wrong of ['{"a":1,"c":"d"}', '{"a":"b","a":"d"}', '{"__proto__":"b"}', '{"b":{"a":"b"}}']) {
      const text = body.replace('{"a":"b"}', wrong);
      expect(decodePlainEnvelope(text)).toBeUndefined();
      expect(() => decodeEnvelope(text)).toThrow();
    }
  });

  it("does not take one quotation mark for two", () => {
    const body = encodeEnvelope({ ...plain, sig: "" });
    expect(decodePlainEnvelope(body.replace('"sig":""', '"sig":"'))).toBeUndefined();
    expect(
      decodePlainEnvelope(encodeEnvelope({ ...plain, id: "" }).replace('"id":""', '"id":"')),
    ).toBeUndefined();
  });

  it("reads jobs of many tasks, signatures and times in turns as they were sent", () => {
    const tasks = ["a", "b", "a_longer_name", ...Array.from({ length: 10 }, (_, n) => `task_${n}`)];
    for (let n = 0; n < 300; n++) {
      const envelope = {
        ...plain,
        task: tasks[n % tasks.length] ?? "",
        sig: n % 3 === 0 ? "a,b" : "a",
        params: { n, sig: '","sig":"a","enqueuedAt":"' },
        id: `job-${n}`,
        enqueuedAt: `2026-11-21T22:40:00.0${10 + (Math.floor(n / 4) % 90)}Z`,
        ...(n % 5 === 0 ? { taskVersion: 1 + n } : {}),
      };
      expect(decodePlainEnvelope(encodeEnvelope(envelope))).toEqual(envelope);
    }
  });

  it("checks a time that no job before it had", () => {
    for (const time of ["2026-02-30T22:40:00.000Z", "2026-11-21T24:40:00.000Z", "2026-11-21T22:40:00.000z"]) {
      expect(decodePlainEnvelope(encodeEnvelope(plain))).toEqual(plain);
      expect(decodePlainEnvelope(encodeEnvelope({ ...plain, enqueuedAt: time }))).toBeUndefined();
    }
  });

  it("whatever it reads, the full reader reads the same [F50 F52]", () => {
    const pieces = fc.constantFrom(
      '"',
      "\\",
      "{",
      "}",
      ',"id":"',
      ',"headers":{',
      ',"taskVersion":',
      "27",
      '","sig":"',
      '"params":',
      "x",
      " ",
      "1e400",
      "é",
    );
    const mutation = fc.record({ at: fc.nat(400), cut: fc.nat(8), put: fc.array(pieces, { maxLength: 3 }) });
    const params = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
    const headers = fc.option(fc.dictionary(fc.string(), fc.string()), { nil: undefined });
    const versions = fc.option(fc.integer({ min: 1 }), { nil: undefined });
    fc.assert(
      fc.property(
        params,
        fc.tuple(headers, versions),
        mutation,
        (given, [carried, taskVersion], { at, cut, put }) => {
          const more = {
            ...(taskVersion === undefined ? {} : { taskVersion }),
            ...(carried === undefined ? {} : { headers: carried }),
          };
          const body = encodeEnvelope({ ...plain, params: given as JsonObject, ...more });
          const start = at % body.length;
          for (const text of [body, body.slice(0, start) + put.join("") + body.slice(start + cut)]) {
            const read = decodePlainEnvelope(text);
            if (read !== undefined) expect(read).toEqual(JSON.parse(text));
          }
        },
      ),
      { seed: 1, numRuns: 10_000 },
    );
  });
});
