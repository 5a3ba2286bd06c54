import { readFileSync } from "node:fs";
import { createApp, defineTask } from "@jobs/core";
import { parseYAML } from "confbox/yaml";
import { describe, expect, it } from "vitest";
import { EXIT } from "../src/output/exit-codes.ts";
import { relayHealthPages } from "../src/relay/relay-probes.ts";
import { neededGrace } from "../src/worker/print-grace.ts";
import { healthPages } from "../src/worker/probes/health-pages.ts";
import { cliVariables, describeCommands } from "./reference/describe-commands.ts";

const read = (file: string) =>
  readFileSync(new URL(`./fixtures/deployment/${file}`, import.meta.url), "utf8");

/** What the three files have in common, each in its own words. */
interface Unit {
  readonly name: string;
  readonly graceSeconds: number;
  /** All words of the command line. */
  readonly command: readonly string[];
  readonly variables: readonly string[];
  /** Paths that its probes ask for. */
  readonly paths: readonly string[];
}

function systemd(file = "jobs-worker.service"): Unit {
  const text = read(file);
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1] ?? "";
  const command = value("ExecStart").split(" ");
  return {
    name: "systemd",
    graceSeconds: Number(value("TimeoutStopSec")),
    command,
    variables: [],
    paths: [],
  };
}

function kubernetes(file = "deployment.yaml"): Unit {
  const { template } = (parseYAML(read(file)) as { spec: { template: { spec: PodSpec } } }).spec;
  const { terminationGracePeriodSeconds, containers } = template.spec;
  const [worker] = containers;
  return {
    name: "Kubernetes",
    graceSeconds: terminationGracePeriodSeconds,
    command: worker?.command ?? [],
    variables: worker?.env.map(({ name }) => name) ?? [],
    paths: [worker?.livenessProbe, worker?.readinessProbe].map((probe) => probe?.httpGet.path ?? ""),
  };
}

function ecs(): Unit {
  const [worker] = (JSON.parse(read("task-definition.json")) as { containerDefinitions: EcsContainer[] })
    .containerDefinitions;
  return {
    name: "ECS",
    graceSeconds: worker?.stopTimeout ?? 0,
    command: worker?.command ?? [],
    variables: worker?.environment.map(({ name }) => name) ?? [],
    paths: [/8080(\/\w+)/.exec(worker?.healthCheck.command.join(" ") ?? "")?.[1] ?? ""],
  };
}

interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly containers: readonly {
    readonly command: readonly string[];
    readonly env: readonly { readonly name: string }[];
    readonly livenessProbe: Probe;
    readonly readinessProbe: Probe;
  }[];
}

interface Probe {
  readonly httpGet: { readonly path: string };
}

interface EcsContainer {
  readonly command: readonly string[];
  readonly stopTimeout: number;
  readonly environment: readonly { readonly name: string }[];
  readonly healthCheck: { readonly command: readonly string[] };
}

describe("the units of docs/guide/deployment.md [W23]", () => {
  it.each([systemd(), kubernetes(), ecs()])(
    "$name: its grace, flags, variables and probes exist",
    async (unit) => {
      const app = createApp({ tasks: [defineTask("work", {})] });
      expect(unit.graceSeconds).toBe(neededGrace(app).graceSeconds);
      const [program, command, ...flags] = unit.command;
      expect(program).toMatch(/node_modules\/\.bin\/jobs$/);
      expect(command).toBe("worker");
      const known = Object.keys((await describeCommands()).worker?.flags ?? {}).map((flag) => `--${flag}`);
      const written = flags.filter((word) => word.startsWith("--"));
      expect(written.length).toBeGreaterThan(0);
      for (const flag of written) expect(known).toContain(flag);
      const variables = ["JOBS_BROKER", "JOBS_RELEASE", ...(await cliVariables())];
      for (const variable of unit.variables) expect(variables).toContain(variable);
      for (const path of unit.paths) expect(Object.keys(healthPages({} as never))).toContain(path);
    },
  );

  it.each([systemd("jobs-relay.service"), kubernetes("relay.yaml")])(
    "$name: the flags and probes of a relay exist",
    async (unit) => {
      const [program, command, ...flags] = unit.command;
      expect(program).toMatch(/node_modules\/\.bin\/jobs$/);
      expect(command).toBe("relay");
      const known = Object.keys((await describeCommands()).relay?.flags ?? {}).map((flag) => `--${flag}`);
      const written = flags.filter((word) => word.startsWith("--"));
      expect(written).toContain("--from");
      for (const flag of written) expect(known).toContain(flag);
      const pages = Object.keys(relayHealthPages({ state: "active" }, { store: "", queue: "" }));
      for (const path of unit.paths) expect(pages).toContain(path);
    },
  );

  it.each(["jobs-worker.service", "jobs-relay.service"])(
    "systemd does not start again what starting again will not help: %s",
    (file) => {
      const given = /^RestartPreventExitStatus=(.*)$/m.exec(read(file))?.[1]?.split(" ").map(Number);
      expect(given).toEqual([EXIT.usage, EXIT.unsupported, EXIT.denied, EXIT.config]);
    },
  );
});
