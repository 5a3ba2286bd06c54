import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeMessage } from "../decode.ts";

const folder = new URL("./golden/celery/", import.meta.url);
const messageId = "5fea7756-0ea4-451a-a703-a558b933e274";

/** What Celery 5.2.6 wrote: by `send_task` and a chain, with kombu's transport for Redis. Files are only added. */
const READ: Readonly<Record<string, object>> = {
  "keywords.json": {
    task: "shop.tasks.send_email",
    id: "0f6b1f0e-6c0e-4a35-9d9b-0d1f1c9f0001",
    params: { to: "a@b.c", subject: "Hi" },
  },
  "keywords-sqs.txt": {
    task: "shop.tasks.send_email",
    id: "0f6b1f0e-6c0e-4a35-9d9b-0d1f1c9f0001",
    params: { to: "a@b.c", subject: "Hi" },
  },
  "eta-expires-retries.json": {
    task: "shop.tasks.send_email",
    id: "0f6b1f0e-6c0e-4a35-9d9b-0d1f1c9f0002",
    params: { to: "Jürgen 🙂", tags: [1, 2.5, null, true] },
    notBefore: "2030-01-02T03:04:05.000Z",
    expiresAt: "2030-01-03T00:00:00.000Z",
    priorAttempts: 2,
  },
  "countdown.json": {
    task: "shop.tasks.tick",
    id: "0f6b1f0e-6c0e-4a35-9d9b-0d1f1c9f0005",
    params: {},
    notBefore: "2026-11-29T15:17:41.756Z",
  },
  "protocol-1.json": {
    task: "shop.tasks.old",
    id: "0f6b1f0e-6c0e-4a35-9d9b-0d1f1c9f0008",
    params: { n: 1 },
  },
};

/** What only Celery's worker can run, and the reason of the refusal. */
const REFUSED: Readonly<Record<string, string>> = {
  "positional.json": "it has positional arguments (2)",
  "chain.json": "it has chain",
  "gzip.json": "its body is compressed",
  "pickle.json": "its content type is application/x-python-serialize",
};

function golden(file: string): string {
  return readFileSync(new URL(file, folder), "utf8");
}

function read(body: string) {
  return decodeMessage({ body, messageId }, ["celery"]);
}

/** A golden message with other headers and body. */
function message(change: {
  headers?: object;
  body?: unknown;
  bodyText?: string;
  properties?: object;
}): string {
  const fields = JSON.parse(golden("keywords.json"));
  const text = change.body === undefined ? undefined : JSON.stringify(change.body);
  return JSON.stringify({
    ...fields,
    headers: { ...fields.headers, ...change.headers },
    properties: { ...fields.properties, ...change.properties },
    body: change.bodyText ?? (text === undefined ? fields.body : Buffer.from(text).toString("base64")),
  });
}

describe("messages of Celery", () => {
  it("have golden files that are all looked at", () => {
    expect([...Object.keys(READ), ...Object.keys(REFUSED)].sort()).toEqual(readdirSync(folder).sort());
  });

  it.each(Object.entries(READ))("%s is read as a job", (file, job) => {
    expect(read(golden(file))).toEqual({ v: 1, sig: "", enqueuedAt: "1970-01-01T00:00:00.000Z", ...job });
  });

  it.each(Object.entries(REFUSED))("%s is refused by name", (file, reason) => {
    expect(() => read(golden(file))).toThrow(`the message is not a job of Celery: ${reason}`);
  });

  it.each([
    ["a task that is no text", { headers: { task: 7 } }, "its task must be a text"],
    ["an empty task", { headers: { task: "" } }, "its task must be a text"],
    ["an id that is no text", { headers: { id: 7 } }, "its id must be a text"],
    ["an eta that is no moment", { headers: { eta: "soon" } }, "its eta must be a moment"],
    ["an expiry that is a number", { headers: { expires: 60 } }, "its expires must be a moment"],
    ["kwargs that are no object", { body: [[], [], {}] }, "its kwargs must be an object"],
    ["args that are no list", { body: [{}, {}, {}] }, "its args must be a list"],
    ["a chord", { body: [[], {}, { chord: {} }] }, "it has chord"],
    ["a callback", { body: [[], {}, { callbacks: [{}] }] }, "it has callbacks"],
    ["a body that is a number", { body: 7 }, "its body is neither"],
    ["bytes that are no UTF-8", { bodyText: "/w==" }, "its body is not base64 of UTF-8"],
    ["a key twice", { bodyText: btoa('[[],{"a":1,"a":2},{}]') }, "a key twice"],
    ["a key that poisons prototypes", { bodyText: btoa('[[],{"__proto__":{}},{}]') }, "poisons prototypes"],
    ["a number that would be rounded", { bodyText: btoa('[[],{"a":9007199254740993},{}]') }, "exactly"],
  ])("are refused when they are broken: %s", (_, change, reason) => {
    expect(() => read(message(change))).toThrow(reason);
  });

  it("take a moment without a zone as UTC, as Celery does", () => {
    const { notBefore } = read(message({ headers: { eta: "2030-01-02T03:04:05.123456" } }));
    expect(notBefore).toBe("2030-01-02T03:04:05.123Z");
  });

  it("may have a body that is not encoded", () => {
    const bodyText = '[[],{"n":1},{}]';
    expect(read(message({ bodyText, properties: { body_encoding: undefined } })).params).toEqual({ n: 1 });
  });

  it("may have empty lists of what follows them", () => {
    expect(read(message({ body: [[], { n: 1 }, { callbacks: [], chain: [] }] })).params).toEqual({ n: 1 });
  });

  it("have the broker's id of the message where they have none", () => {
    expect(read(message({ headers: { id: undefined } })).id).toBe(messageId);
  });

  it("are read only where a worker asks for it", () => {
    const hint = "This is a Celery job: run the worker with --codec celery.";
    const asked = () => decodeMessage({ body: golden("keywords.json"), messageId }, ["simple-worker"]);
    expect(asked).toThrow(expect.objectContaining({ hint }));
  });
});
