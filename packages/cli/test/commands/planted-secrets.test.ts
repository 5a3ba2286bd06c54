import { once } from "node:events";
import type { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { createProject } from "../project.ts";

const SECRET = "pl4nted-Secret";

/** Where a secret can stand: variables, flags and the configuration. Nothing listens on these ports. */
const FIELDS: Readonly<
  Record<string, { env?: Record<string, string>; args?: readonly string[]; config?: Record<string, unknown> }>
> = {
  "a URL": { env: { JOBS_BROKER: `redis://user:${SECRET}@127.0.0.1:9` } },
  "a URL without a user": { env: { JOBS_BROKER: `redis://:${SECRET}@127.0.0.1:9` } },
  "a query": { env: { JOBS_BROKER: `redis://127.0.0.1:9?password=${SECRET}` } },
  "an address without a scheme": { env: { JOBS_BROKER: `user:${SECRET}@127.0.0.1:6379` } },
  "a user without a scheme": { env: { JOBS_BROKER: `${SECRET}:x@127.0.0.1:6379` } },
  "a scheme with a slip": { env: { JOBS_BROKER: `reddis://user:${SECRET}@127.0.0.1:9` } },
  "an address of sqs": { env: { JOBS_BROKER: `https://user:${SECRET}@sqs.eu-west-1.amazonaws.com` } },
  "the release, as an address": { env: { JOBS_RELEASE: `v1 of https://ci:${SECRET}@ci.example/7` } },
  "the release, behind a name": { env: { JOBS_RELEASE: `v1 (deploy token: ${SECRET})` } },
  "the release of a file": { config: { release: `1.2.3+password=${SECRET}` } },
  "the release, as a token": { env: { JOBS_RELEASE: `ghp_0123456789${SECRET}` } },
  "another variable": { env: { MY_API_TOKEN: SECRET, JOBS_RELEASE: `built by ${SECRET}` } },
  "a prefix": { env: { MY_API_TOKEN: SECRET, JOBS_QUEUE_PREFIX: `${SECRET}-` } },
  "a flag": { args: ["--broker", `redis://user:${SECRET}@127.0.0.1:9`] },
  "the results": { env: { JOBS_RESULTS: `postgres://user:${SECRET}@127.0.0.1:9/x` } },
  "results as libpq writes them": { env: { JOBS_RESULTS: `host=127.0.0.1 password=${SECRET}` } },
  "the broker of a file": { config: { broker: `user:${SECRET}@127.0.0.1:6379` } },
  "the options of a file": {
    config: {
      broker: "main",
      brokers: { main: { kind: "redis", connection: { port: 9, password: SECRET } } },
    },
  },
  "an option of a wrong kind": {
    config: { broker: "main", brokers: { main: { kind: "redis", connection: SECRET, password: SECRET } } },
  },
  "sentinels of a file": {
    config: {
      broker: "main",
      brokers: { main: { kind: "redis", connection: { port: 9, username: "u", sentinelPassword: SECRET } } },
    },
  },
  "credentials of a file": {
    config: {
      broker: "main",
      brokers: {
        main: {
          kind: "sqs",
          region: "eu-west-1",
          endpoint: "http://127.0.0.1:9",
          client: { credentials: { accessKeyId: "A", secretAccessKey: SECRET } },
        },
      },
    },
  },
};

const COMMANDS: readonly (readonly string[])[] = [
  ["config"],
  ["config", "--json"],
  ["config", "explain", "broker"],
  ["config", "explain", "release"],
  ["config", "explain", "release", "--json"],
  ["config", "explain", "results", "--json"],
  ["config", "check", "--debug"],
  ["stats", "--json", "--debug", "--timeout", "2s"],
  ["doctor", "--timeout", "2s"],
  ["worker", "--once", "--start-timeout", "10ms", "--log-level", "debug"],
];

/** With `all` each command runs on each field. Else a setting is explained only where the field is about it. */
const IS_WHOLE = process.env.JOBS_TEST_SECRETS === "all";

describe.each(Object.entries(FIELDS))(
  "a secret in %s [F62]",
  { timeout: 120_000 },
  (_, { env = {}, args = [], config }) => {
    it("stands in no output", async () => {
      const text = `export default ${JSON.stringify({ app: "./app.mjs", ...config })};`;
      using project = createProject({ "jobs.config.mjs": text });
      const planted = JSON.stringify({ env, args, config }).toLowerCase();
      const saysIt = ([, verb, key = ""]: readonly string[]) => verb !== "explain" || planted.includes(key);
      for (const command of COMMANDS.filter((words) => IS_WHOLE || saysIt(words))) {
        const { stdout, stderr } = await project.jobs(
          [...command, ...(command[0] === "config" && command[1] !== undefined ? [] : args)],
          { env },
        );
        expect(stdout + stderr, command.join(" ")).not.toContain(SECRET);
      }
    });
  },
);

it("what an app's own code throws with an address in it is masked [F62]", async () => {
  const app = `throw new Error("cannot reach user:${SECRET}@db:1 nor redis://:${SECRET}@db");`;
  using project = createProject({ "app.mjs": app });
  for (const args of [["tasks"], ["tasks", "--json"]]) {
    const { stdout, stderr, code } = await project.jobs(args);
    expect(code).toBe(78);
    expect(stdout + stderr).not.toContain(SECRET);
  }
});

it("the address of a monitor's sink is masked [F62]", async () => {
  using project = createProject();
  const to = `postgres://user:${SECRET}@127.0.0.1:9/x?application_name=${SECRET}`;
  const child = project.start(["monitor", "--to", to, "--debug"]);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk) => {
      said += chunk;
    });
  }
  const ended = new Promise((resolve) => child.on("close", resolve));
  await once(child.stderr as Readable, "data");
  child.kill("SIGTERM");
  await ended;
  expect(said).not.toContain(SECRET);
});
