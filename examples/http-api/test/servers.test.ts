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
  const env = { ...process.env, PORT: "0", REDIS_URL: redisUrl };
  const child = spawn(process.execPath, [file], { env });
  const errors = text(child.stderr);
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([once(lines, "line"), errors.then((said) => [said])])) as [string];
  expect(line).toMatch(/^listening on \d+$/);
  return { child, errors, url: `http://localhost:${line.split(" ").at(-1)}/orders` };
}

function post(url: string, order: object): Promise<Response> {
  const headers = { "content-type": "application/json" };
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
});
