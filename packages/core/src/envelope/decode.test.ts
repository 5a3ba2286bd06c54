import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EnvelopeVersionError, MalformedMessageError } from "../errors/broker-errors.ts";
import { isJobsError, type JobsError } from "../errors/jobs-error.ts";
import { decodeEnvelope } from "./decode.ts";

const good = {
  v: 1,
  task: "add",
  params: { a: 1 },
  id: "0199f2c4",
  sig: "a",
  enqueuedAt: "2026-11-21T22:40:00.000Z",
};

function refusal(body: string): JobsError {
  try {
    decodeEnvelope(body);
  } catch (error) {
    if (isJobsError(error)) return error;
    throw error;
  }
  throw new Error("accepted");
}

function but(change: Record<string, unknown>): string {
  return JSON.stringify({ ...good, ...change });
}

/** An envelope with raw text in place of its parameters. */
function withParams(text: string): string {
  return JSON.stringify({ ...good, params: 0 }).replace('"params":0', `"params":${text}`);
}

const FILLED = "must be a text that is not empty";
const TIME = "must be a time like";

/** F50: bodies that are not our envelopes, with the expected reason. */
const POISON: readonly [name: string, body: string, reason: string][] = [
  // Not JSON
  ["empty", "", "it is empty"],
  ["white space", "  \n", "it is empty"],
  ["byte order mark", `\uFEFF${but({})}`, "byte order mark"],
  ["invalid UTF-8, as decoders pass it on", "\uFFFD\uFFFD{", "not JSON"],
  ["NUL", "\u0000", "not JSON"],
  ["NUL at the end", `${but({})}\u0000`, "not JSON"],
  ["NUL inside of a text", but({}).replace("add", "a\u0000d"), "not JSON"],
  ["cut off", but({}).slice(0, -1), "not JSON"],
  ["cut off inside of an escape", '{"v":1,"task":"\\u00', "not JSON"],
  ["two in one", but({}) + but({}), "not JSON"],
  ["single quotes", "{'v':1}", "not JSON"],
  ["comments", '{/* v */"v":1}', "not JSON"],
  ["trailing comma", but({}).replace(/}$/, ",}"), "not JSON"],
  ["NaN", withParams('{"a":NaN}'), "not JSON"],
  ["leading zero", withParams('{"a":01}'), "not JSON"],
  ["XML", "<job/>", "not JSON"],
  ["YAML", "v: 1\ntask: add", "not JSON"],
  ["pickle", "\x80\x04\x95.", "not JSON"],
  ["base64 of an envelope", Buffer.from(but({})).toString("base64"), "not JSON"],
  ["10 MiB of nothing", "x".repeat(10 * 1024 * 1024), "not JSON"],
  // JSON that parsing would change, or that is dangerous
  ["1e400", withParams('{"a":1e400}'), "a number that cannot be read exactly"],
  ["2^53 + 1", withParams('{"a":9007199254740993}'), "a number that cannot be read exactly"],
  ["400 digits", withParams(`{"a":${"9".repeat(400)}}`), "a number that cannot be read exactly"],
  ["the same parameter twice", withParams('{"a":1,"a":2}'), "a key twice"],
  ["the same field twice", but({}).replace("{", '{"v":1,'), "a key twice"],
  ["__proto__ as a field", but({}).replace("{", '{"__proto__":{"polluted":1},'), "poisons prototypes"],
  ["__proto__ as a parameter", withParams('{"__proto__":{"polluted":1}}'), "poisons prototypes"],
  ["__proto__ deep inside", withParams('{"a":[{"b":{"__proto__":{"polluted":1}}}]}'), "poisons prototypes"],
  ["__proto__ in another spelling", withParams('{"\\u005f_proto__":{"polluted":1}}'), "poisons prototypes"],
  ["__proto__ as a header", but({}).replace(/}$/, ',"headers":{"__proto__":"x"}}'), "poisons prototypes"],
  ["10,000 levels of lists", withParams(`${"[".repeat(10_000)}${"]".repeat(10_000)}`), "nested deeper"],
  [
    "10,000 levels of objects",
    withParams(`${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`),
    "nested deeper",
  ],
  // JSON that is not an object
  ["null", "null", "it is not an object"],
  ["true", "true", "it is not an object"],
  ["a number", "1", "it is not an object"],
  ["a text", JSON.stringify(but({})), "it is not an object"],
  ["a list", `[${but({})}]`, "it is not an object"],
  ["nothing in it", "{}", "v must be 1"],
  // Versions
  ["no version", but({ v: undefined }), "v must be 1"],
  ["version 0", but({ v: 0 }), "v must be 1"],
  ["version -1", but({ v: -1 }), "v must be 1"],
  ["version 1.5", but({ v: 1.5 }), "v must be 1"],
  ["version as a text", but({ v: "1" }), "v must be 1"],
  ["version null", but({ v: null }), "v must be 1"],
  ["version as a list", but({ v: [1] }), "v must be 1"],
  // Missing fields or wrong types
  ["no task", but({ task: undefined }), `task ${FILLED}`],
  ["task null", but({ task: null }), `task ${FILLED}`],
  ["task a number", but({ task: 7 }), `task ${FILLED}`],
  ["task empty", but({ task: "" }), `task ${FILLED}`],
  ["task an object", but({ task: { name: "add" } }), `task ${FILLED}`],
  ["no params", but({ params: undefined }), "params must be an object"],
  ["params null", but({ params: null }), "params must be an object"],
  ["params a list", but({ params: [1] }), "params must be an object"],
  ["params a text", but({ params: "{}" }), "params must be an object"],
  ["no id", but({ id: undefined }), `id ${FILLED}`],
  ["id a number", but({ id: 5 }), `id ${FILLED}`],
  ["id empty", but({ id: "" }), `id ${FILLED}`],
  ["no sig", but({ sig: undefined }), "sig must be a text"],
  ["sig a list", but({ sig: ["a"] }), "sig must be a text"],
  ["no enqueuedAt", but({ enqueuedAt: undefined }), `enqueuedAt ${TIME}`],
  ["enqueuedAt in ms", but({ enqueuedAt: 1_700_000_000_000 }), `enqueuedAt ${TIME}`],
  ["enqueuedAt in another zone", but({ enqueuedAt: "2026-11-21T22:40:00.000+01:00" }), `enqueuedAt ${TIME}`],
  ["enqueuedAt in words", but({ enqueuedAt: "yesterday" }), `enqueuedAt ${TIME}`],
  ["enqueuedAt in month 13", but({ enqueuedAt: "2026-13-01T00:00:00.000Z" }), `enqueuedAt ${TIME}`],
  ["enqueuedAt with a line break", but({ enqueuedAt: `${good.enqueuedAt}\n` }), `enqueuedAt ${TIME}`],
  ["maxAttempts 0", but({ maxAttempts: 0 }), "maxAttempts must be a whole number from 1"],
  ["maxAttempts 1.5", but({ maxAttempts: 1.5 }), "maxAttempts must be"],
  ["maxAttempts a text", but({ maxAttempts: "5" }), "maxAttempts must be"],
  ["maxAttempts null", but({ maxAttempts: null }), "maxAttempts must be"],
  ["maxAttempts 1e300", but({ maxAttempts: 1e300 }), "maxAttempts must be"],
  ["notBefore false", but({ notBefore: false }), `notBefore ${TIME}`],
  ["expiresAt empty", but({ expiresAt: "" }), `expiresAt ${TIME}`],
  ["queue a number", but({ queue: 1 }), `queue ${FILLED}`],
  ["domain empty", but({ domain: "" }), `domain ${FILLED}`],
  ["priorAttempts -1", but({ priorAttempts: -1 }), "priorAttempts must be a whole number from 0"],
  ["chain an object", but({ chain: {} }), `chain ${FILLED}`],
  ["parent true", but({ parent: true }), `parent ${FILLED}`],
  ["group a list", but({ group: [] }), `group ${FILLED}`],
  ["dedupeKey null", but({ dedupeKey: null }), `dedupeKey ${FILLED}`],
  ["rel a number", but({ rel: 3 }), "rel must be a text"],
  ["headers a text", but({ headers: "a=b" }), "headers must be an object of texts"],
  ["headers a list", but({ headers: ["a"] }), "headers must be an object of texts"],
  ["headers with a number", but({ headers: { a: 1 } }), "headers must be an object of texts"],
  ["headers with an object", but({ headers: { a: {} } }), "headers must be an object of texts"],
  [
    "1,000,000 keys in place of fields",
    `{${Array.from({ length: 1_000_000 }, (_, i) => `"k${i}":0`).join()}}`,
    "more than 200000 keys",
  ],
  [
    "more lists than are read",
    withParams(`[${Array.from({ length: 1_000_001 }, () => "[]").join()}]`),
    "1000000 objects and lists",
  ],
  // Other systems
  ["Celery, protocol 1", '{"id":"1","task":"add","args":[1],"kwargs":{}}', "v must be 1"],
  ["Celery over SQS", '{"body":"W10=","content-encoding":"utf-8","properties":{}}', "v must be 1"],
  ["BullMQ", '{"name":"add","data":{"a":1},"opts":{"attempts":3}}', "v must be 1"],
  ["SNS", '{"Type":"Notification","TopicArn":"arn","Message":"{}"}', "v must be 1"],
  ["S3 event", '{"Records":[{"eventSource":"aws:s3"}]}', "v must be 1"],
  ["simple-worker", '{"task_name":"add","task_payload":{"a":1}}', "v must be 1"],
  ["Sidekiq", '{"class":"Add","args":[1],"jid":"1"}', "v must be 1"],
];

describe("poison [F50]", () => {
  it("has at least 60 kinds, each once", () => {
    expect(new Set(POISON.map(([name]) => name)).size).toBe(POISON.length);
    expect(POISON.length).toBeGreaterThanOrEqual(60);
  });

  it.each(POISON)("%s is refused with a reason", (_, body, reason) => {
    const error = refusal(body);
    expect(error).toBeInstanceOf(MalformedMessageError);
    expect(error.message).toContain(reason);
    expect(error.message.length).toBeLessThan(1_000);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it("never ends in anything but a refusal or an envelope, however a good one is damaged", () => {
    const body = but({ headers: { a: "b" }, maxAttempts: 3 });
    fc.assert(
      fc.property(
        fc.nat(body.length),
        fc.nat(5),
        fc.string({ unit: "binary", maxLength: 5 }),
        (at, cut, insert) => {
          const damaged = body.slice(0, at) + insert + body.slice(at + cut);
          try {
            expect(decodeEnvelope(damaged).v).toBe(1);
          } catch (error) {
            expect(isJobsError(error, "malformed_message") || isJobsError(error, "envelope_version")).toBe(
              true,
            );
          }
        },
      ),
      { seed: 1, numRuns: 5_000 },
    );
  });
});

describe("decodeEnvelope", () => {
  it("names every field that is wrong at once, and no value", () => {
    const { message } = refusal(but({ id: 5, sig: undefined, enqueuedAt: "hunter2" }));
    expect(message).toBe(
      "the message is not a job's envelope: id must be a text that is not empty; sig must be a text; " +
        "enqueuedAt must be a time like 2026-01-31T12:00:00.000Z.",
    );
  });

  it("tells a newer version from a broken message, whatever its fields", () => {
    const error = refusal('{"v":2,"job":{"name":"add"}}');
    expect(error).toBeInstanceOf(EnvelopeVersionError);
    expect((error as EnvelopeVersionError).version).toBe(2);
  });

  it("says whose message it is where that can be told", () => {
    expect(refusal('{"Type":"Notification","TopicArn":"a","Message":"{}"}').hint).toContain("SNS");
    expect(refusal('{"task_name":"a","task_payload":{}}').hint).toContain("simple-worker");
    expect(refusal('{"id":"1","task":"add","args":[1],"kwargs":{}}').hint).toContain("Celery");
    expect(refusal("{}").hint).toBeUndefined();
  });

  it.each([
    ["keys of every object", '{"constructor":1,"prototype":{"x":1},"toString":"a"}'],
    ["lone surrogates", '{"a":"\\ud800","\\udc00":1}'],
    ["noncharacters", '{"a":"\\ufffe\\uffff"}'],
    ["-0, as it was sent", '{"a":-0}'],
    ["100,000 parameters", `{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":${i}`).join()}}`],
    ["1 MiB of text", JSON.stringify({ a: "ä".repeat(512 * 1024) })],
  ])("reads parameters with %s", (_, params) => {
    expect(decodeEnvelope(withParams(params)).params).toStrictEqual(JSON.parse(params));
  });

  it("accepts white space and any order of fields, as people and other languages write them", () => {
    const reordered = JSON.stringify(Object.fromEntries(Object.entries(good).reverse()), null, 2);
    expect(decodeEnvelope(reordered)).toEqual(good);
  });
});
