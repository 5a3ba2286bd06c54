import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { redis } from "@jobs/adapter-redis";
import { hasRedis, startRedisServer } from "@jobs/test-servers";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { app } from "../src/app.ts";

/** Beside the packages that the servers import. */
const BUILT = fileURLToPath(new URL("../node_modules/.cache/servers/", import.meta.url));

/** A server of the example as a process, from its first line on. */
async function start(framework: string, redisUrl: string) {
  const entry = fileURLToPath(new URL(`../src/serve-${framework}.ts`, import.meta.url));
  const file = `${BUILT}${framework}.mjs`;
  // Node below 22.18 runs no TypeScript, and a loader would stand between the framework and Node.
  await build({
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
  });
  const env = { ...process.env, PORT: "0", REDIS_URL: redisUrl, SHOP_KEY: "good" };
  const child = spawn(process.execPath, [file], { env });
  const errors = text(child.stderr);
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([once(lines, "line"), errors.then((said) => [said])])) as [string];
  expect(line).toMatch(/^listening on \d+$/);
  return { child, errors, url: `http://localhost:${line.split(" ").at(-1)}/orders` };
}

function post(url: string, order: object, more: Readonly<Record<string, string>> = {}): Promise<Response> {
  const headers = { "content-type": "application/json", ...more };
  return fetch(url, { method: "POST", headers, body: JSON.stringify(order) });
}

describe.runIf(await hasRedis({ isOwn: true }))("an API on a real server", () => {
  it.each(["hono", "fastify", "express"])(
    "%s enqueues, refuses wrong parameters, and ends by SIGTERM",
    async (framework) => {
      await using server = await startRedisServer();
      const { child, errors, url } = await start(framework, server.url);
      try {
        const first = await post(url, { order: 7, cents: 500, to: "a@b.c" });
        expect(first.status, await first.text()).toBe(202);
        expect((await post(url, { order: 7, cents: "many", to: "a@b.c" })).status).toBe(500);
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        expect(await ended, await errors).toEqual([0, null]);
      } finally {
        child.kill("SIGKILL");
      }
      await using shop = app.with({ broker: redis({ url: server.url }) });
      expect(await shop.stats("default")).toMatchObject({ ready: { n: 1, exact: true } });
    },
  );

  it("a program without our packages enqueues over HTTP, if it has the key", async () => {
    await using server = await startRedisServer();
    const { child, url } = await start("jobs", server.url);
    try {
      const job = { task: "send_receipt", params: { order: 7, to: "a@b.c" }, options: { id: "receipt-7" } };
      expect((await post(url, job)).status).toBe(401);
      expect((await post(url, job, { authorization: "Bearer wrong" })).status).toBe(403);
      const key = { authorization: "Bearer good" };
      for (const status of ["enqueued", "duplicate"]) {
        const answer = await post(url, job, key);
        expect(answer.status).toBe(202);
        expect(await answer.json()).toEqual({ id: "receipt-7", task: "send_receipt", queue: "mail", status });
      }
      expect((await post(url, { task: "charge", params: { order: 7, cents: 1 } }, key)).status).toBe(404);
      expect((await post(url, { ...job, params: { order: "7" } }, key)).status).toBe(400);
      await server.stop();
      const away = await post(url, { ...job, options: {} }, key);
      expect([away.status, away.headers.get("retry-after")]).toEqual([503, "5"]);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
