import { decodeEnvelope, type Envelope, encodeEnvelope } from "@jobs/core/broker";
import { describe, expect, it } from "vitest";
import { toBullmqJob, toEnvelopeText } from "./bullmq-codec.ts";

const ENVELOPE: Envelope = {
  v: 1,
  task: "send_email",
  params: { to: "a@b.c", n: 9007199254740991 },
  id: "0197c1f0-0000-7000-8000-000000000000",
  sig: "n,to",
  enqueuedAt: "2026-11-29T12:00:00.000Z",
};

function message(envelope: Partial<Envelope> = {}, options: object = {}) {
  const whole = { ...ENVELOPE, ...envelope };
  return { id: whole.id, label: whole.task, body: encodeEnvelope(whole), ...options };
}

/** A job as BullMQ stores what its `Queue.add` is given. */
function stored(change: object = {}) {
  const job = {
    id: "7",
    name: "send_email",
    data: '{"to":"a@b.c"}',
    opts: { attempts: 0 } as unknown,
    timestamp: "1764417600000",
  };
  return { ...job, ...change };
}

function read(change: object = {}): Envelope {
  return decodeEnvelope(toEnvelopeText(stored(change)));
}

describe("a job of ours for BullMQ", () => {
  it("has its task as name and its parameters as data", () => {
    expect(toBullmqJob(message(), "mail")).toMatchObject({
      name: "send_email",
      data: { to: "a@b.c", n: 9007199254740991 },
      opts: { jobId: ENVELOPE.id, timestamp: Date.parse(ENVELOPE.enqueuedAt), attempts: 1 },
    });
  });

  it.each([
    [
      { maxAttempts: 5, backoff: 2_000 },
      { attempts: 5, backoff: { type: "fixed", delay: 2_000 } },
    ],
    [{ backoff: [100, 900] }, { backoff: { type: "fixed", delay: 100 } }],
    [
      { backoff: { type: "exponential", baseMs: 50, maxMs: 9_000 } },
      { backoff: { type: "exponential", delay: 50, jitter: 1 } },
    ],
    [
      { backoff: { type: "exponential", baseMs: 50, maxMs: 9_000, jitter: false } },
      { backoff: { type: "exponential", delay: 50, jitter: 0 } },
    ],
    [{ delayMs: 1.5 }, { delay: 2 }],
  ])("says %j in BullMQ's words", (options, opts) => {
    expect(toBullmqJob(message({}, options), "mail").opts).toMatchObject(opts);
  });

  it("gives the attempts of the call before those of the task", () => {
    expect(toBullmqJob(message({ maxAttempts: 2 }, { maxAttempts: 5 }), "mail").opts.attempts).toBe(2);
  });

  it("comes back as the same job", () => {
    const whole = {
      ...ENVELOPE,
      maxAttempts: 3,
      expiresAt: "2026-11-30T12:00:00.000Z",
      headers: { tenant: "acme" },
    };
    const { name, data, opts } = toBullmqJob(message(whole), "mail");
    const job = { id: opts.jobId, name, data: JSON.stringify(data), opts };
    expect(decodeEnvelope(toEnvelopeText({ ...job, timestamp: String(opts.timestamp) }))).toEqual(whole);
  });

  it.each([
    ["a next step", { next: [{ task: "tick", params: {}, sig: "", queue: "default" }] }],
    ["a group", { join: { id: "g", size: 1, index: 0, next: [] } }],
  ])("is refused with %s: BullMQ's worker would not go on", (_, envelope) => {
    expect(() => toBullmqJob(message(envelope), "mail")).toThrow(
      expect.objectContaining({ code: "unsupported", feature: "flows", queue: "mail" }),
    );
  });
});

describe("a job of BullMQ for us", () => {
  it("has its name as task, its data as parameters, and one attempt where its producer asked for none", () => {
    const { name: task, id } = stored();
    const job = { v: 1, task, params: { to: "a@b.c" }, id, sig: "", enqueuedAt: "2025-11-29T12:00:00.000Z" };
    expect(read()).toEqual({ ...job, maxAttempts: 1 });
  });

  it("keeps every digit and key of its data, for the check to refuse", () => {
    expect(toEnvelopeText(stored({ data: '{"a":9007199254740993,"a":1}' }))).toContain(
      '"params":{"a":9007199254740993,"a":1}',
    );
    expect(() => read({ data: '{"a":9007199254740993}' })).toThrow("exactly");
  });

  it.each([
    [
      { attempts: 3, backoff: 500 },
      { maxAttempts: 3, backoff: 500 },
    ],
    [{ attempts: 3, backoff: { type: "fixed", delay: 500 } }, { backoff: 500 }],
    [
      { backoff: { type: "exponential", delay: 500 } },
      { backoff: { type: "exponential", baseMs: 500, maxMs: 3_153_600_000_000, jitter: false } },
    ],
    [{ backoff: { type: "exponential", delay: 500, jitter: 0.5 } }, { backoff: { jitter: true } }],
  ])("has what its producer asked for: %j", (opts, fields) => {
    expect(read({ opts })).toMatchObject(fields);
  });

  it.each([[{ type: "ours", delay: 5 }], [{ type: "fixed", delay: "5" }], [-1], ["5"], [null]])(
    "leaves the pause to the task for the backoff %j",
    (backoff) => {
      expect(read({ opts: { attempts: 2, backoff } }).backoff).toBeUndefined();
    },
  );

  it.each(["7", "[1]", '"text"', "null", "", "{"])("is no envelope with the data %s", (data) => {
    expect(() => read({ data })).toThrow(expect.objectContaining({ code: "malformed_message" }));
  });

  it.each(["", [], 7, null, undefined])("is run with options that are none: %j", (opts) => {
    expect(read({ opts })).toMatchObject({ task: "send_email", maxAttempts: 1 });
  });

  it("is a job whatever its name is", () => {
    const name = '"params":{} \u2028 "';
    expect(read({ name })).toMatchObject({ task: name, params: { to: "a@b.c" } });
  });

  it("is no envelope where another program wrote its own fields under our name", () => {
    expect(() => read({ opts: { jobs: { headers: { a: 1 } } } })).toThrow(
      expect.objectContaining({ code: "malformed_message" }),
    );
  });
});
