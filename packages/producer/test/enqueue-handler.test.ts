import { memory } from "@jobs/adapter-memory";
import { BrokerUnavailableError, ConfigError, createApp, defineTask, type EnqueueOptions } from "@jobs/core";
import { startSqsEndpoint } from "@jobs/test-servers";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  type EnqueueHandlerOptions,
  type EnqueueTarget,
  enqueueHandler,
} from "../src/http/enqueue-handler.ts";
import { createProducer, sqs } from "../src/index.ts";
import { bundleText, edgeRuntime } from "./edge-world.ts";

const URL_OF_JOBS = "https://shop.example/jobs";

const resize = defineTask("resize", { file: "string", width: "integer?" }, { queue: "images" });
const refund = defineTask("refund", { order: "integer" });

const authorize: EnqueueHandlerOptions["authorize"] = ({ headers }) => {
  const key = headers.get("authorization");
  if (key === null) return "unauthenticated";
  return key === "Bearer good" ? "allowed" : "forbidden";
};

function setUp(options: Partial<EnqueueHandlerOptions> = {}) {
  const app = createApp({ broker: memory(), tasks: [resize, refund] });
  const onError = vi.fn();
  return { app, onError, handler: enqueueHandler(app, { tasks: [resize], authorize, onError, ...options }) };
}

function post(body: Body | undefined, headers: Record<string, string> = {}): Request {
  const sent = { authorization: "Bearer good", "content-type": "application/json", ...headers };
  // `duplex` is required for a stream, and missing in the types of Node.
  const init = { method: "POST", headers: sent, body, duplex: "half" };
  return new Request(URL_OF_JOBS, init as RequestInit);
}

const postJson = (body: unknown) => post(JSON.stringify(body));

/** What a refused request is told. */
async function refused(response: Promise<Response>) {
  const { status, headers, ...given } = await response.then(async (sent) => ({
    status: sent.status,
    headers: sent.headers,
    body: (await sent.json()) as { readonly error: { readonly code: string; readonly message: string } },
  }));
  expect(headers.get("content-type")).toBe("application/json");
  expect(headers.get("cache-control")).toBe("no-store");
  return { status, headers, ...given.body.error, body: given.body };
}

/** What a request may send. */
type Body = NonNullable<RequestInit["body"]>;

/** The text again and again, whenever the reader asks for more. */
function endless(part: string): {
  readonly stream: ReadableStream<Uint8Array>;
  readonly parts: () => number;
} {
  let parts = 0;
  const bytes = new TextEncoder().encode(part);
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    parts++;
    controller.enqueue(bytes);
  };
  return { stream: new ReadableStream({ pull }, { highWaterMark: 0 }), parts: () => parts };
}

describe("enqueueHandler", () => {
  it("enqueues the job of a body, and answers 202 with its id", async () => {
    const { app, handler } = setUp();
    const response = await handler(postJson({ task: "resize", params: { file: "é.png", width: 80 } }));
    expect(response.status).toBe(202);
    const receipt = (await response.json()) as { readonly id: string };
    expect(receipt).toEqual({ id: expect.any(String), task: "resize", queue: "images", status: "enqueued" });
    const { messages } = await (await app.queue("images")).peek({ state: "ready", limit: 10 });
    expect(messages).toMatchObject([{ messageId: receipt.id }]);
    await app.close();
  });

  it("a request that is sent again with its id adds no job", async () => {
    const { app, handler } = setUp();
    const job = { task: "resize", params: { file: "a" }, options: { id: "order-7" } };
    expect(await (await handler(postJson(job))).json()).toMatchObject({ id: "order-7", status: "enqueued" });
    const again = await handler(postJson(job));
    expect([again.status, await again.json()]).toMatchObject([202, { id: "order-7", status: "duplicate" }]);
    expect(await app.stats("images")).toMatchObject({ ready: { n: 1 } });
    await app.close();
  });

  it("a moment is a text in JSON", async () => {
    const { app, handler } = setUp();
    const send = (options: object) => handler(postJson({ task: "resize", params: { file: "a" }, options }));
    expect((await send({ at: new Date(Date.now() + 3_600_000).toISOString() })).status).toBe(202);
    expect((await send({ delayMs: 60_000 })).status).toBe(202);
    expect(await app.stats("images")).toMatchObject({ ready: { n: 0 }, delayed: { n: 2 } });
    await app.close();
  });
});

describe("a caller", () => {
  it.each([
    [{}, 401, "unauthenticated"],
    [{ authorization: "Bearer bad" }, 403, "forbidden"],
  ])("with %j gets %i, and its body is not read", async (headers, status, code) => {
    const { handler, app } = setUp();
    const { stream, parts } = endless("{");
    const request = new Request(URL_OF_JOBS, {
      method: "POST",
      headers,
      body: stream,
      duplex: "half",
    } as RequestInit);
    expect(await refused(handler(request))).toMatchObject({ status, code });
    expect(request.bodyUsed).toBe(false);
    expect(parts()).toBe(0);
    await app.close();
  });

  it.each([true, "yes", 1, undefined, null, {}, "Allowed"])(
    "%j of authorize does not let in",
    async (given) => {
      const { handler, app } = setUp({ authorize: () => given as never });
      expect(await refused(handler(postJson({ task: "resize", params: { file: "a" } })))).toMatchObject({
        status: 403,
      });
      await app.close();
    },
  );

  it("is not let in when authorize fails, and does not learn why", async () => {
    const secret = new Error("connect postgres://user:secret@db");
    const { handler, onError, app } = setUp({ authorize: () => Promise.reject(secret) });
    const { status, body } = await refused(handler(postJson({ task: "resize", params: { file: "a" } })));
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain("secret");
    expect(onError.mock.calls).toEqual([[secret]]);
    await app.close();
  });

  it("can only POST", async () => {
    const { handler, app } = setUp();
    for (const method of ["GET", "PUT", "DELETE", "OPTIONS"]) {
      const { status, headers } = await refused(handler(new Request(URL_OF_JOBS, { method })));
      expect([status, headers.get("allow")]).toEqual([405, "POST"]);
    }
    await app.close();
  });
});

describe("a hostile body", () => {
  const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
  const job = (params: string) => `{"task":"resize","params":${params}}`;

  it.each<readonly [string, Body | undefined, string]>([
    ["nothing", undefined, "empty"],
    ["no JSON", "{task:resize}", "not JSON"],
    ["a byte order mark", `\uFEFF${job('{"file":"a"}')}`, "byte order mark"],
    ["half a character", new Uint8Array([0x22, 0xc3, 0x22]), "UTF-8"],
    ["a list", "[]", "an object"],
    ["a text", '"resize"', "an object"],
    ["null", "null", "an object"],
    ["a task that is no text", '{"task":{"toString":"resize"}}', "name of a task"],
    ["no task", '{"params":{}}', "name of a task"],
    ["another field", '{"task":"resize","params":{"file":"a"},"queue":"admin"}', "a field besides"],
    ["a key twice", job('{"file":"a","file":"b"}'), "twice"],
    ["the task twice", '{"task":"resize","task":"refund"}', "twice"],
    ["a key of prototypes", job('{"file":"a","__proto__":{"x":1}}'), "prototypes"],
    ["a number that is rounded", job('{"file":"a","width":9007199254740993}'), "exactly"],
    ["a deep object", job(deep(5_000)), "nested deeper"],
    ["a deeper list", job("[".repeat(100_000)), "not JSON"],
  ])("with %s is refused, and nothing is enqueued", async (_, body, reason) => {
    const { handler, app, onError } = setUp();
    const { status, code, message } = await refused(handler(post(body)));
    expect({ status, code }).toEqual({ status: 400, code: "malformed_request" });
    expect(message).toContain(reason);
    expect(onError).not.toHaveBeenCalled();
    expect(await app.stats("images")).toMatchObject({ ready: { n: 0 }, delayed: { n: 0 } });
    await app.close();
  });

  it("that never ends is read up to the limit only", async () => {
    const { handler, app } = setUp({ maxBytes: 1_000 });
    const { stream, parts } = endless(" ".repeat(100));
    expect(await refused(handler(post(stream)))).toMatchObject({ status: 413, code: "payload_too_large" });
    expect(parts()).toBeLessThan(20);
    await app.close();
  });

  it("that says it is too large is not read", async () => {
    const { handler, app } = setUp({ maxBytes: 1_000 });
    const request = post("{}", { "content-length": "1001" });
    expect(await refused(handler(request))).toMatchObject({ status: 413 });
    expect(request.bodyUsed).toBe(false);
    await app.close();
  });

  it("that breaks off is refused", async () => {
    const { handler, app } = setUp();
    const start = (controller: ReadableStreamDefaultController) => controller.error(new Error("reset"));
    const broken = new ReadableStream({ start });
    expect(await refused(handler(post(broken)))).toMatchObject({ status: 400, code: "malformed_request" });
    await app.close();
  });

  it.each([
    { "content-type": "text/plain" },
    { "content-type": "application/x-www-form-urlencoded" },
    { "content-encoding": "gzip" },
  ])("with %j is refused with 415", async (headers) => {
    const { handler, app } = setUp();
    expect(await refused(handler(post(job('{"file":"a"}'), headers)))).toMatchObject({ status: 415 });
    await app.close();
  });

  it("may say its charset", async () => {
    const { handler, app } = setUp();
    const headers = { "content-type": "Application/JSON; charset=utf-8" };
    expect((await handler(post(job('{"file":"a"}'), headers))).status).toBe(202);
    await app.close();
  });
});

describe("a job", () => {
  it.each(["refund", "nothing", "__proto__", "constructor", ""])(
    "of task %j, which is not allowed, answers 404 without names",
    async (task) => {
      const { handler, app } = setUp();
      const { status, code, body } = await refused(handler(postJson({ task, params: { order: 7 } })));
      expect({ status, code }).toEqual({ status: 404, code: "unknown_task" });
      expect(JSON.stringify(body)).not.toMatch(/resize|refund/);
      await app.close();
    },
  );

  it("with wrong parameters answers 400 with every issue", async () => {
    const { handler, app } = setUp();
    const params = { width: "wide", fille: "a" };
    const { body, status } = await refused(handler(postJson({ task: "resize", params })));
    expect(status).toBe(400);
    expect(body).toMatchObject({
      error: {
        code: "signature_mismatch",
        issues: expect.arrayContaining([
          { path: "/file", kind: "missing", expected: expect.any(String) },
          expect.objectContaining({ path: "/fille", kind: "unexpected" }),
        ]),
      },
    });
    await app.close();
  });

  it.each(["a", [], null, 7])("with parameters %j answers 400", async (params) => {
    const { handler, app, onError } = setUp();
    const { status } = await refused(handler(postJson({ task: "resize", params })));
    expect(status).toBe(400);
    expect(onError).not.toHaveBeenCalled();
    await app.close();
  });

  it.each<readonly [unknown, string]>([
    [{ queue: "admin" }, "Only these options"],
    [{ headers: {} }, "Only these options"],
    [{ id: "a b" }, "id must be"],
    [{ id: 7 }, "id must be"],
    [{ delayMs: -1 }, "delayMs"],
    [{ delayMs: "1" }, "delayMs"],
    [{ at: "tomorrow" }, "at must be"],
    [{ at: 1 }, "at must be"],
    [{ at: "2030-01-01T00:00Z", delayMs: 1 }, "exclude each other"],
    [[], "must be an object"],
    [null, "must be an object"],
  ])("with options %j answers 400", async (options, reason) => {
    const { handler, app, onError } = setUp();
    const { status, code, message } = await refused(
      handler(postJson({ task: "resize", params: { file: "a" }, options })),
    );
    expect({ status, code }).toEqual({ status: 400, code: "invalid_options" });
    expect(message).toContain(reason);
    expect(onError).not.toHaveBeenCalled();
    await app.close();
  });

  it("takes the options that the handler allows", async () => {
    const { handler, app } = setUp({ options: ["queue"] });
    const send = (options: EnqueueOptions) =>
      handler(postJson({ task: "resize", params: { file: "a" }, options }));
    expect(await (await send({ queue: "large" })).json()).toMatchObject({ queue: "large" });
    expect((await send({ id: "order-7" })).status).toBe(400);
    await app.close();
  });
});

describe("a broker", () => {
  const failing = (error: unknown): EnqueueTarget => ({ enqueue: () => Promise.reject(error) });
  const send = (target: EnqueueTarget, options: Partial<EnqueueHandlerOptions> = {}) =>
    refused(
      enqueueHandler(target, { tasks: [resize], authorize, ...options })(
        postJson({ task: "resize", params: { file: "a" } }),
      ),
    );

  it("that does not answer is 503, and the client learns when to come back", async () => {
    const error = new BrokerUnavailableError({ broker: "redis" }, "no answer from 10.0.0.7.", {
      maybeSent: true,
    });
    const { status, headers, body } = await send(failing(error), { retryAfterSeconds: 30 });
    expect([status, headers.get("retry-after")]).toEqual([503, "30"]);
    expect(body).toMatchObject({ error: { code: "broker_unavailable", maybeSent: true } });
    expect(JSON.stringify(body)).not.toContain("10.0.0.7");
  });

  it("that cannot be used answers 500, and only the server learns why", async () => {
    const onError = vi.fn();
    const error = new ConfigError("this app has no broker at secret.internal.");
    const { status, body } = await send(failing(error), { onError });
    expect(status).toBe(500);
    expect(body).toEqual({ error: { code: "internal", message: "The job could not be enqueued." } });
    expect(onError.mock.calls).toEqual([[error]]);
  });

  it.each(["throws", "rejects"])("answers 500 also where onError %s", async (how) => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => logged.mockRestore());
    const fault = new Error("the tracker is away");
    const onError = () => {
      if (how === "throws") throw fault;
      return Promise.reject(fault);
    };
    const broken = failing(new ConfigError("this app has no broker."));
    expect(await send(broken, { onError: onError as () => void })).toMatchObject({ status: 500 });
    await expect.poll(() => logged.mock.calls).toEqual([[fault]]);
  });

  it("without priorities answers 400 for one", async () => {
    await using server = await startSqsEndpoint();
    await server.createQueue({ name: "images", dlq: "images-dead" });
    const { sqs: sqsBroker } = await import("@jobs/adapter-sqs");
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    await using app = createApp({
      broker: sqsBroker({ endpoint: server.url, region: "us-east-1", client: { credentials } }),
      tasks: [resize],
    });
    const handler = enqueueHandler(app, { tasks: [resize], authorize, options: ["priority"] });
    const asked = { task: "resize", params: { file: "a" }, options: { priority: 3 } };
    expect(await refused(handler(postJson(asked)))).toMatchObject({ status: 400, code: "unsupported" });
    const large = { task: "resize", params: { file: "a".repeat(200) } };
    expect((await handler(postJson(large))).status).toBe(202);
  });
});

describe("at the edge", () => {
  it("the bundle of the handler is small and imports nothing", async () => {
    const text = await bundleText("esm", "bundle-http");
    expect(text.length).toBeLessThan(20_000);
    expect(text).not.toMatch(/\bnode:|\bimport\b|\brequire\(|\bprocess\./);
  });

  it("a runtime without Node enqueues over HTTP to SQS", async () => {
    await using server = await startSqsEndpoint();
    await server.createQueue({ name: "images", dlq: "images-dead" });
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const to = { region: "us-east-1", accountId: "000000000000", credentials, endpoint: server.url };
    const run = await edgeRuntime();
    const send = (params: object) =>
      run(`
        const resize = jobs.defineTask("resize", { file: "string" }, { queue: "images" });
        const producer = jobs.createProducer({ to: jobs.sqs(${JSON.stringify(to)}) });
        const handler = http.enqueueHandler(producer, { tasks: [resize], authorize: () => "allowed" });
        const response = await handler(new Request("https://edge.example/jobs", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: ${JSON.stringify(JSON.stringify({ task: "resize", params }))},
        }));
        return { status: response.status, body: await response.json() };
      `);
    expect(await send({ file: "a" })).toMatchObject({ status: 202, body: { queue: "images" } });
    expect(await send({ file: 1 })).toMatchObject({
      status: 400,
      body: { error: { code: "signature_mismatch" } },
    });
  });
});

it("refuses options that would open it to everybody, or that do not exist", () => {
  const { app } = setUp();
  const make = (options: object) => () => enqueueHandler(app, options as never);
  expect(make({ tasks: [resize] })).toThrow("needs authorize");
  expect(make({ authorize })).toThrow("needs tasks");
  expect(make({ tasks: ["resize"], authorize })).toThrow("a task made by defineTask");
  expect(make({ tasks: [resize], authorize, options: ["prio"] })).toThrow("options[0]");
  expect(make({ tasks: [resize], authorize, maxBytes: 0 })).toThrow("maxBytes");
  expect(() => enqueueHandler({} as never, { tasks: [resize], authorize })).toThrow("an app or a producer");
  const credentials = { accessKeyId: "AKIATEST", secretAccessKey: "not-a-secret" };
  const producer = createProducer({ to: sqs({ region: "a", accountId: "000000000000", credentials }) });
  expect(typeof enqueueHandler(producer, { tasks: [resize], authorize })).toBe("function");
});
