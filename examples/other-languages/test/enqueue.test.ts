import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { serve } from "@hono/node-server";
import { enqueueHandler } from "@jobs/producer/http";
import { findPython, hasRedis, startRedisServer, startSqsEndpoint } from "@jobs/test-servers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openApp, sendReceipt } from "../src/app.ts";

const FOLDER = fileURLToPath(new URL("..", import.meta.url));
const JOBS = join(dirname(createRequire(import.meta.url).resolve("@jobs/cli/package.json")), "bin/jobs.js");

/** A program that enqueues by `way`; `undefined` where it cannot run here. */
interface Language {
  readonly name: string;
  programFor(way: string): Promise<readonly string[] | undefined>;
}

/** The packages that a way needs. Older releases of boto3 speak a protocol that the SQS of these tests does not. */
const PYTHON = {
  redis: { statement: "import redis", packages: ["python3-redis"] },
  sqs: { statement: "import boto3; assert int(boto3.__version__.split('.')[1]) >= 29", packages: [] },
};

const LANGUAGES: readonly Language[] = [
  {
    name: "Python",
    async programFor(way) {
      const need =
        way === "redis" || way === "sqs" ? PYTHON[way] : { statement: "import json", packages: [] };
      const python = await findPython(need);
      return python === undefined ? undefined : [python, "python/enqueue.py"];
    },
  },
  { name: "Go", programFor: async (way) => builtGo(way) },
];

/** Built by hand and at night, since that takes a while. The SDK of AWS in Debian is too old for the SQS of these tests. */
function builtGo(way: string): readonly string[] | undefined {
  if (process.env.JOBS_TEST_GO === undefined || way === "sqs") return undefined;
  const program = join(FOLDER, "node_modules/.cache/enqueue-go");
  const env = { GO111MODULE: "off", GOPATH: "/usr/share/gocode", ...process.env };
  const built = spawnSync("go", ["build", "-o", program, "."], {
    cwd: join(FOLDER, "go"),
    env,
    encoding: "utf8",
  });
  expect(built.status, built.stderr).toBe(0);
  return [program];
}

const IS_REDIS_THERE = await hasRedis({ isOwn: true });
const CAN_RUN = new Map<string, readonly string[] | undefined>();
for (const { name, programFor } of LANGUAGES) {
  for (const way of ["redis", "sqs", "http", "command"]) CAN_RUN.set(`${name} ${way}`, await programFor(way));
}
const missing = [...CAN_RUN].flatMap(([way, program]) => (program === undefined ? [way] : []));
if (missing.length > 0)
  process.stderr.write(`\n*** SKIPPED: no interpreter or package for ${missing.join(", ")} ***\n\n`);

type Variables = Readonly<Record<string, string>>;

/** Runs the program for one job, and returns how it ended. */
async function enqueue(name: string, way: string, env: Variables) {
  const [program = "", ...words] = CAN_RUN.get(`${name} ${way}`) ?? [];
  const child = spawn(program, [...words, way, "7", "a@b.c"], {
    cwd: FOLDER,
    env: { ...process.env, ...env },
  });
  const [[code], errors] = await Promise.all([once(child, "close"), text(child.stderr)]);
  return { code, errors };
}

const DONE = { code: 0, errors: "" };

/** What the owner's worker prints for the next job. */
async function runNext(app: ReturnType<typeof openApp>): Promise<unknown> {
  const printed = vi.spyOn(console, "log").mockImplementation(() => {});
  await app.worker({ until: { type: "settled", jobs: 1 }, ownsProcess: false }).run();
  return printed.mock.calls.flat();
}

const RECEIPT = [expect.stringMatching(/^receipt 7 to a@b\.c, without a note, job [\w-]{20,}$/)];

function temporaryFile(): Disposable & { readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), "other-languages-"));
  return {
    path: join(folder, "jobs.db"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function useVariables(env: Variables): void {
  for (const [variable, value] of Object.entries(env)) vi.stubEnv(variable, value);
}

describe.each(LANGUAGES)("$name", ({ name }) => {
  const canRun = (way: string) => CAN_RUN.get(`${name} ${way}`) !== undefined;
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it.runIf(canRun("redis") && IS_REDIS_THERE)("enqueues on Redis by a list", async () => {
    await using server = await startRedisServer();
    const env = { REDIS_URL: server.url };
    useVariables(env);
    await using app = openApp("redis");
    expect(await enqueue(name, "redis", env)).toEqual(DONE);
    expect(await runNext(app)).toEqual(RECEIPT);
  });

  it.runIf(canRun("sqs"))("enqueues on SQS", async () => {
    await using server = await startSqsEndpoint();
    await server.createQueue({ name: "mail", dlq: "mail-dead", maxReceiveCount: 20 });
    const keys = { AWS_REGION: "us-east-1", AWS_DEFAULT_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "test" };
    const env = { ...keys, AWS_SECRET_ACCESS_KEY: "test", AWS_ENDPOINT_URL_SQS: server.url };
    useVariables(env);
    await using app = openApp("sqs");
    expect(await enqueue(name, "sqs", env)).toEqual(DONE);
    expect(await runNext(app)).toEqual(RECEIPT);
  });

  it.runIf(canRun("http"))("enqueues over HTTP, and is told of wrong parameters", async () => {
    using file = temporaryFile();
    useVariables({ DATABASE_FILE: file.path });
    await using app = openApp("sqlite");
    const handler = enqueueHandler(app, {
      tasks: [sendReceipt],
      authorize: ({ headers }) => (headers.get("authorization") === "Bearer good" ? "allowed" : "forbidden"),
    });
    const server = serve({ fetch: handler, port: 0 });
    await once(server, "listening");
    const SHOP_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jobs`;
    expect((await enqueue(name, "http", { SHOP_URL, SHOP_KEY: "bad" })).errors).toContain("403");
    expect(await enqueue(name, "http", { SHOP_URL, SHOP_KEY: "good" })).toEqual(DONE);
    expect(await runNext(app)).toEqual(RECEIPT);
    await new Promise((resolve) => server.close(resolve));
  });

  it.runIf(canRun("command"))("enqueues on SQLite by the command", async () => {
    using file = temporaryFile();
    const env = { DATABASE_FILE: file.path, JOBS: `${process.execPath} ${JOBS}` };
    useVariables(env);
    expect(await enqueue(name, "command", env)).toEqual(DONE);
    await using app = openApp("sqlite");
    expect(await runNext(app)).toEqual(RECEIPT);
  });
});
