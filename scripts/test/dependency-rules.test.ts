import { describe, expect, it } from "vitest";
import { ambientSources, timers } from "../rules/ambient-sources.mjs";
import { contracts } from "../rules/contracts.mjs";
import { cycles } from "../rules/cycles.mjs";
import { floors, floorsAreComplete } from "../rules/floors.mjs";
import { coreDependencies, declaredDependencies, manifestFields } from "../rules/manifests.mjs";
import { packageBorders } from "../rules/package-borders.mjs";
import { packageEdges } from "../rules/package-edges.mjs";
import type { Rule } from "../rules/repository.mjs";
import { testCode } from "../rules/test-code.mjs";
import { repositoryOf } from "./repository-of.ts";

/** The messages of a rule for one file with one import. */
function complaints(rule: Rule, path: string, text: string): string[] {
  return rule(repositoryOf({ [path]: text })).map(({ message }) => message);
}

describe("floors of core", () => {
  it("lets imports go down and along", () => {
    const text = 'import { a } from "../task/a.ts";\nimport { b } from "../results/b.ts";\nimport "./c.ts";';
    expect(complaints(floors, "packages/core/src/worker/run/run.ts", text)).toEqual([]);
  });

  it("refuses an import that goes up, also of a type", () => {
    const text = 'import type { Worker } from "../worker/worker.ts";';
    expect(complaints(floors, "packages/core/src/broker/broker-validator.ts", text)).toEqual([
      "broker/ (floor 2) imports worker/ (floor 4): imports go down.",
    ]);
  });

  it("refuses a contract that knows handlers, although they share a floor", () => {
    const text = 'import type { Handler } from "../job/handler.ts";';
    expect(complaints(floors, "packages/core/src/task/task.ts", text)).toHaveLength(1);
  });

  it("refuses a folder without a floor", () => {
    expect(complaints(floorsAreComplete, "packages/core/src/attic/a.ts", "")).toHaveLength(1);
    expect(complaints(floorsAreComplete, "packages/core/src/flow/a.ts", "")).toEqual([]);
  });
});

describe("cycles", () => {
  it("finds a circle of imports and shows the way round, also through types", () => {
    const found = cycles(
      repositoryOf({
        "packages/cli/src/a.ts": 'import { b } from "./b.ts";',
        "packages/cli/src/b.ts": 'import type { C } from "./c.ts";',
        "packages/cli/src/c.ts": 'export * from "./a.ts";',
      }),
    );
    expect(found.map(({ message }) => message)).toEqual([
      expect.stringContaining(
        "cli/src/a.ts → packages/cli/src/b.ts → packages/cli/src/c.ts → packages/cli/src/a.ts",
      ),
    ]);
  });

  it("lets two files share a third", () => {
    const files = {
      "packages/cli/src/a.ts": 'import "./b.ts";\nimport "./c.ts";',
      "packages/cli/src/b.ts": 'import "./c.ts";',
      "packages/cli/src/c.ts": "",
    };
    expect(cycles(repositoryOf(files))).toEqual([]);
  });
});

describe("edges between packages", () => {
  it.each([
    ["core imports no adapter", "core", 'import { memory } from "@jobs/adapter-memory";'],
    [
      "an adapter imports no other adapter",
      "adapter-redis",
      'import { memory } from "@jobs/adapter-memory";',
    ],
    ["the kit imports core only", "broker-conformance", 'import { sqlite } from "@jobs/adapter-sqlite";'],
    ["the CLI imports no adapter at load", "cli", 'import { sqlite } from "@jobs/adapter-sqlite";'],
    [
      "a result store imports no adapter",
      "results-postgres",
      'import { sqlite } from "@jobs/adapter-sqlite";',
    ],
  ])("%s", (_rule, name, text) => {
    expect(complaints(packageEdges, `packages/${name}/src/index.ts`, text)).toHaveLength(1);
  });

  it.each([
    ["an adapter stands on core", "adapter-redis", 'import { JobsError } from "@jobs/core";'],
    [
      "the CLI loads an adapter when asked to",
      "cli",
      'const { sqlite } = await import("@jobs/adapter-sqlite");',
    ],
    ["the CLI knows an adapter's types", "cli", 'import type { SqliteOptions } from "@jobs/adapter-sqlite";'],
    ["testing stands on memory", "testing", 'import { memory } from "@jobs/adapter-memory";'],
  ])("%s", (_rule, name, text) => {
    expect(complaints(packageEdges, `packages/${name}/src/index.ts`, text)).toEqual([]);
  });

  it.each([
    'import { x } from "@jobs/core/src/task/x.ts";',
    'import { x } from "@jobs/core/dist/index.js";',
    'import { x } from "../../core/src/index.ts";',
  ])("nobody reaches into another package: %s", (text) => {
    expect(complaints(packageBorders, "packages/cli/test/a.test.ts", text)).toHaveLength(1);
  });

  it("a test may reach into its own package", () => {
    expect(complaints(packageBorders, "packages/cli/test/a.test.ts", 'import "../src/a.ts";')).toEqual([]);
  });
});

describe("test code", () => {
  it.each([
    'import { it } from "vitest";',
    'import { fake } from "../test/fake.ts";',
    'import { a } from "./a.test.ts";',
    'import { createVirtualClock } from "@jobs/core/testing";',
  ])("is not imported by production: %s", (text) => {
    expect(complaints(testCode, "packages/adapter-redis/src/index.ts", text)).toHaveLength(1);
  });

  it("is what the conformance kit and the testing package are made of", () => {
    const text = 'import { it } from "vitest";';
    expect(complaints(testCode, "packages/broker-conformance/src/describe-broker.ts", text)).toEqual([]);
    expect(complaints(testCode, "packages/core/src/task/task.test.ts", text)).toEqual([]);
  });
});

describe("contracts of examples", () => {
  it("import no handlers", () => {
    const text = 'import { send } from "./handlers.ts";';
    expect(complaints(contracts, "examples/mail/tasks.ts", text)).toHaveLength(1);
    expect(complaints(contracts, "examples/mail/app.ts", text)).toEqual([]);
  });
});

describe("ambient sources", () => {
  it("core reads no clock and no randomness but the injected ones", () => {
    const text = "const at = Date.now();\n// Date.now() is read by the runtime only\n";
    expect(complaints(ambientSources, "packages/core/src/worker/run/run.ts", text)).toHaveLength(1);
    expect(complaints(ambientSources, "packages/core/src/runtime/clock.ts", text)).toEqual([]);
  });
});

describe("timers", () => {
  it.each([
    "setTimeout(look, ms);",
    "const timer = setInterval(look, ms);",
    "globalThis.setTimeout(look, ms);",
    "const signal = AbortSignal.timeout(ms);",
    'import { setTimeout as pause } from "node:timers/promises";',
    'import { setTimeout } from "timers";',
    "new Promise(setTimeout);",
  ])("are set by the clock of core alone: %s", (text) => {
    for (const path of ["packages/host/src/place.ts", "packages/core/src/runtime/gate.ts"])
      expect(complaints(timers, path, text)).toHaveLength(1);
    expect(complaints(timers, "packages/core/src/runtime/clock.ts", text)).toEqual([]);
  });

  it("a socket's own limit, a comment and a test are left alone", () => {
    const text = "socket.setTimeout(ms);\n// setTimeout(fn, ms) would run at once\n";
    expect(complaints(timers, "packages/cli/src/worker/probes.ts", text)).toEqual([]);
    expect(complaints(timers, "packages/cli/src/worker/probes.test.ts", "setTimeout(fn, 1);")).toEqual([]);
  });
});

describe("manifests", () => {
  it("core has at most five dependencies", () => {
    const manifest = (count: number) =>
      JSON.stringify({
        dependencies: Object.fromEntries(Array.from({ length: count }, (_, i) => [`d${i}`, "1"])),
      });
    expect(complaints(coreDependencies, "packages/core/package.json", manifest(5))).toEqual([]);
    expect(complaints(coreDependencies, "packages/core/package.json", manifest(6))).toHaveLength(1);
  });

  it("what production imports is declared for users, not for developers only", () => {
    const files = (manifest: object) =>
      repositoryOf({
        "packages/adapter-redis/package.json": JSON.stringify(manifest),
        "packages/adapter-redis/src/index.ts": 'import { Worker } from "bullmq/worker";\nimport "node:fs";',
      });
    expect(declaredDependencies(files({ peerDependencies: { bullmq: "^6" } }))).toEqual([]);
    expect(declaredDependencies(files({ devDependencies: { bullmq: "^6" } }))).toHaveLength(1);
  });

  it("a published package describes itself in full", () => {
    const missing = complaints(manifestFields, "packages/x/package.json", '{ "license": "MIT" }');
    expect(missing).toContain('"description" is missing.');
    expect(missing).not.toContain('"license" is missing.');
    expect(complaints(manifestFields, "packages/x/package.json", '{ "private": true }')).toEqual([]);
  });
});
