import { type ChildProcess, execFile, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { redis } from "@jobs/adapter-redis";
import { createApp } from "@jobs/core";
import { freePort, hasRedis, startRedisServer, startSqsEndpoint } from "@jobs/test-servers";
import { describe, expect, it, onTestFinished } from "vitest";
import { sendReceipt } from "../project/jobs/tasks.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const call = promisify(execFile);

/** The project in a folder of its own, with our packages as they are published and the real Next.js, built. */
async function buildProject(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "jobs-next-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(fileURLToPath(new URL("../project", import.meta.url)), folder, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  for (const name of ["core", "adapter-redis", "producer"]) {
    const pack = ["-y", packageManager, "pack", "--out", join(folder, `${name}.tgz`)];
    await call("npx", pack, { cwd: join(ROOT, "packages", name) });
    manifest.dependencies[`@jobs/${name}`] = `file:${name}.tgz`;
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  await call("npm", ["install", "--no-audit", "--no-fund"], { cwd: folder });
  await call("npx", ["next", "build"], { cwd: folder, env: { ...outer(), NODE_ENV: "production" } });
  return folder;
}

/** The environment without what vitest has set. */
function outer(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_ENV|TEST|JOBS_)/.test(name));
  return { ...Object.fromEntries(kept), NEXT_TELEMETRY_DISABLED: "1" } as unknown as NodeJS.ProcessEnv;
}

async function start(folder: string, env: Readonly<Record<string, string>>): Promise<string> {
  const port = await freePort();
  const bin = join(folder, "node_modules/next/dist/bin/next");
  const child: ChildProcess = spawn(process.execPath, [bin, "start", "--port", String(port)], {
    cwd: folder,
    env: { ...outer(), NODE_ENV: "production", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  for await (const line of createInterface({ input: child.stdout! })) if (/Ready/.test(line)) break;
  return `http://127.0.0.1:${port}`;
}

/** Sends the form of the page as a browser without JavaScript: with the hidden fields that name the action. */
async function sendForm(url: string, to: string): Promise<Response> {
  const page = await (await fetch(url)).text();
  const form = new FormData();
  for (const [input] of page.matchAll(/<input type="hidden"[^>]*>/g)) {
    const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(input)?.[1] ?? "";
    form.set(field("name"), field("value"));
  }
  form.set("to", to);
  return fetch(url, { method: "POST", body: form });
}

const isWanted = process.env.JOBS_TEST_NEXT === "1" && (await hasRedis({ isOwn: true }));

describe.runIf(isWanted)("a built Next.js project", () => {
  it("enqueues in a server action, in a route handler and at the edge", { timeout: 600_000 }, async () => {
    await using server = await startRedisServer();
    await using queues = await startSqsEndpoint();
    await queues.createQueue({ name: "mail", dlq: "mail-dead" });
    const folder = await buildProject();
    const url = await start(folder, {
      REDIS_URL: server.url,
      SHOP_KEY: "good",
      AWS_REGION: "us-east-1",
      AWS_ACCOUNT_ID: "000000000000",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      SQS_ENDPOINT: queues.url,
    });
    expect((await sendForm(url, "ada@example.org")).status).toBe(200);
    const headers = { "content-type": "application/json", authorization: "Bearer good" };
    const body = JSON.stringify({ task: "send_receipt", params: { to: "bob@example.org" } });
    expect((await fetch(`${url}/api/jobs`, { method: "POST", headers, body })).status).toBe(202);
    const edge = { method: "POST", body: JSON.stringify({ email: "eve@example.org" }) };
    expect((await fetch(`${url}/api/edge`, edge)).status).toBe(202);

    await using app = createApp({ broker: redis({ url: server.url }), tasks: [sendReceipt] });
    const { messages } = await (await app.queue("mail")).peek({ state: "ready", limit: 10 });
    const texts = messages.map(({ body: stored }) => stored).join();
    expect(messages).toHaveLength(2);
    for (const to of ["ada@example.org", "bob@example.org"]) expect(texts).toContain(to);
  });
});
