import { type Envelope, encodeEnvelope } from "@jobs/core/broker";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { envelopeForm, parseOptions, readForm, storedBody } from "./job-form.ts";
import { splitEnvelope, taskOf } from "./split-envelope.ts";

const ENVELOPE: Envelope = {
  v: 1,
  task: "add",
  params: { n: 1 },
  id: "0197c1f0-0000-7000-8000-000000000000",
  sig: "n",
  enqueuedAt: "2026-11-29T12:00:00.000Z",
};

function message(envelope: Partial<Envelope> = {}, change = (body: string) => body) {
  const whole = { ...ENVELOPE, ...envelope };
  return { id: whole.id, label: whole.task, body: change(encodeEnvelope(whole)) };
}

const NOW = Date.parse("2026-11-29T12:00:07.000Z");

function bodyOf({ name, opts, ...job }: Record<"id" | "name" | "data" | "opts" | "timestamp", string>) {
  return storedBody(readForm(name, opts), job);
}

/** What a reader makes of the parts that are stored. */
function joined({ id, label, body }: ReturnType<typeof message>): string | undefined {
  const split = splitEnvelope({ id, label, body });
  if (split === undefined) return undefined;
  return bodyOf({ id, name: label, data: split.params, opts: `{${split.options}}`, timestamp: split.at });
}

describe("an envelope in parts", () => {
  it("has its parameters alone as data, and only its signature as an option", () => {
    expect(splitEnvelope(message())).toEqual({
      params: '{"n":1}',
      options: '"sig":"n"',
      at: String(Date.parse(ENVELOPE.enqueuedAt)),
    });
  });

  it.each<Partial<Envelope>>([
    { sig: "" },
    { sig: "größe?" },
    { params: { text: '","id":"x","sig":"y","enqueuedAt":"2026-11-21T22:40:00.000Z"}' } },
    { params: { id: ENVELOPE.id, sig: "n" } },
    { headers: { traceparent: "00-1-2-00", '"': "\\" } },
    { maxAttempts: 3, taskVersion: 2, tags: ["a"], expiresAt: "2026-11-30T12:00:00.000Z" },
    { next: [{ task: "add", params: { id: "a", sig: "b", list: [] }, sig: "n", queue: "q" }] },
    { enqueuedAt: "1969-01-01T00:00:00.000Z" },
  ])("comes back byte for byte with %j", (envelope) => {
    const sent = message(envelope);
    expect(joined(sent)).toBe(sent.body);
  });

  it.each<[string, ReturnType<typeof message>]>([
    ["no JSON", message({}, () => "hello")],
    ["another label", { ...message(), label: "other" }],
    ["another id", { ...message(), id: "other" }],
    ["white space", message({}, (body) => body.replaceAll(":", ": "))],
    ["an escape in its signature", message({ sig: '"' })],
    ["an escaped letter in its signature", message({}, (body) => body.replace('"n","enq', '"\\u006e","enq'))],
    ["a day that does not exist", message({ enqueuedAt: "2026-02-30T12:00:00.000Z" })],
    ["a time of another form", message({ enqueuedAt: "2026-11-29T12:00:00+00:00" })],
    ["no end", message({}, (body) => body.slice(0, -1))],
    ["a text behind its end", message({}, (body) => `${body}}`)],
    ["a list as parameters", message({}, (body) => body.replace('{"n":1}', "[1]"))],
  ])("is stored whole with %s", (_, sent) => {
    expect(splitEnvelope(sent)).toBeUndefined();
  });

  it("comes back byte for byte with an id twice, split or whole", () => {
    const params = { v: 1, id: ENVELOPE.id, sig: "n", enqueuedAt: "" };
    // Whole before the form of its task is known, and split by its length afterwards.
    const first = message({ task: "new_here", params });
    expect(joined(first)).toBeUndefined();
    expect(joined(message({ task: "new_here" }))).toBeDefined();
    expect(joined(first)).toBe(first.body);
  });

  it("is the same text, or is stored whole, whatever is changed in it", () => {
    const piece = fc.constantFrom(
      '"',
      "\\",
      "{",
      "}",
      ',"id":"',
      '","sig":"',
      ENVELOPE.id,
      "n",
      " ",
      "é",
      "}}",
    );
    const change = fc.record({ at: fc.nat(400), cut: fc.nat(8), put: fc.array(piece, { maxLength: 3 }) });
    const params = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }));
    const headers = fc.option(fc.dictionary(fc.string(), fc.string()), { nil: undefined });
    fc.assert(
      fc.property(params, headers, change, (given, carried, { at, cut, put }) => {
        const more = carried === undefined ? {} : { headers: carried };
        const sent = message({ params: given as Envelope["params"], ...more }, (body) => {
          const start = at % body.length;
          return put.length === 0 ? body : body.slice(0, start) + put.join("") + body.slice(start + cut);
        });
        expect(joined(sent) ?? sent.body).toBe(sent.body);
      }),
      { seed: 1, numRuns: 3_000 },
    );
  });

  it.each(["", "{", '{"sig":7}', '{"attempts":3}', "null", '{"jobs":{"sig":"n"}}'])(
    "is not looked for where the options are %s: such data are a whole body",
    (opts) => {
      expect(bodyOf({ id: "id", name: "add", data: "text", opts, timestamp: "1" })).toBe("text");
    },
  );

  it.each([
    ["at", "1764417600000", '{"sig":"n","at":1764417600001}', "2025-11-29T12:00:00.001Z"],
    ["no number as timestamp", "soon", '{"sig":"n"}', "1970-01-01T00:00:00.000Z"],
  ])("has its time from %s", (_, timestamp, opts, time) => {
    const body = bodyOf({ id: "id", name: "add", data: "{}", opts, timestamp });
    expect(JSON.parse(body)).toMatchObject({ enqueuedAt: time });
  });

  it("says its task where it is an envelope of this release", () => {
    expect([message().body, "hello", "{}"].map(taskOf)).toEqual(["add", "", ""]);
  });
});

describe("a job for BullMQ's own scripts", () => {
  it.each([
    ["near this clock", () => NOW, undefined],
    ["far from it", () => Date.parse(ENVELOPE.enqueuedAt), Date.parse(ENVELOPE.enqueuedAt)],
  ])("comes back as it was sent at a time %s", (_, enqueuedAt, at) => {
    vi.useFakeTimers({ now: NOW });
    const sent = message({ enqueuedAt: new Date(enqueuedAt()).toISOString(), maxAttempts: 2 });
    const { timestamp, opts, ...job } = envelopeForm.toJob({ ...sent, maxAttempts: 3 }, "queue");
    vi.useRealTimers();
    expect(opts).toMatchObject({ attempts: 3, priority: 10, sig: "n", jobs: '{"maxAttempts":2}' });
    expect(opts.at).toBe(at);
    const stored = {
      ...job,
      id: sent.id,
      opts: parseOptions(JSON.stringify(opts)),
      timestamp: String(timestamp),
    };
    expect(envelopeForm.toBody(stored)).toBe(sent.body);
  });

  it("has its delay counted from now, whenever it was enqueued", () => {
    const at = Date.now() - 500;
    const sent = message({ enqueuedAt: new Date(at).toISOString() });
    const { timestamp, opts } = envelopeForm.toJob({ ...sent, delayMs: 1_000 }, "queue");
    expect(opts.at).toBe(at);
    expect(timestamp).toBeGreaterThan(at);
  });

  it("gets another body, and keeps its other options", () => {
    const options = { attempts: 3, sig: "old", at: 1, jobs: '{"headers":{}}' };
    const change = (body: string) => envelopeForm.change({ ...message(), body }, options);
    const { data, opts } = change(message({ params: { n: 2 } }).body);
    expect(data).toBe('{"n":2}');
    expect(JSON.parse(opts ?? "")).toEqual({ attempts: 3, sig: "n", at: Date.parse(ENVELOPE.enqueuedAt) });
    expect(change("hello")).toEqual({ data: "hello", opts: '{"attempts":3}' });
  });
});
