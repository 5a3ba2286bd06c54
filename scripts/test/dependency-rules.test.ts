import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ambientSources, joinedSignals, timers } from "../rules/ambient-sources.mjs";
import { coreDependencies, manifestFields, sharedFields } from "../rules/manifests.mjs";
import type { Rule } from "../rules/repository.mjs";
import { repositoryOf } from "./repository-of.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PACKAGES = ["core", "host", "cli", "testing", "adapter-memory", "adapter-redis", "broker-conformance"];

/** What breaks a rule: the file, what stands in it, and the rule. */
const BROKEN: readonly (readonly [path: string, text: string, rule: string])[] = [
  ["packages/core/src/errors/up.ts", 'import type { A } from "../app/a.ts";', "floor-1-imports-down"],
  ["packages/core/src/broker/up.ts", 'export type { A } from "../worker/a.ts";', "floor-2-imports-down"],
  ["packages/core/src/task/up.ts", 'const a = await import("../worker/a.ts");', "floor-3-imports-down"],
  ["packages/core/src/worker/up.ts", 'import "../flow/a.ts";', "floor-4-imports-down"],
  ["packages/core/src/flow/up.ts", 'import "../app/a.ts";', "floor-5-imports-down"],
  ["packages/core/src/app/up.ts", 'import "../entries/testing.ts";', "floor-6-imports-down"],
  ["packages/core/src/attic/a.ts", 'import "../errors/a.ts";', "every-folder-has-a-floor"],
  ["packages/core/src/task/handler.ts", 'import type { A } from "../job/a.ts";', "contract-knows-no-handler"],
  ["examples/mail/tasks.ts", 'import "./handlers.ts";', "example-contract-knows-no-handler"],
  ["packages/cli/src/one.ts", 'import type { A } from "./two.ts";', "no-circle"],
  ["packages/core/src/task/memory.ts", 'import "@jobs/adapter-memory";', "on-core-alone"],
  ["packages/adapter-redis/src/memory.ts", 'import "@jobs/adapter-memory";', "on-core-alone"],
  ["packages/broker-conformance/src/memory.ts", 'import "@jobs/adapter-memory";', "on-core-alone"],
  ["packages/testing/src/host.ts", 'import "@jobs/host";', "testing-on-core-and-memory"],
  ["packages/cli/src/redis.ts", 'import "@jobs/adapter-redis";', "cli-loads-on-demand"],
  ["packages/cli/src/testing.ts", 'await import("@jobs/testing");', "cli-on-known-packages"],
  ["packages/cli/test/a.test.ts", 'import "../../core/src/task/a.ts";', "package-by-its-exports"],
  ["packages/cli/test/b.test.ts", 'import "@jobs/core/src/task/a.ts";', "resolvable"],
  ["packages/host/src/fake.ts", 'import "../test/fake.ts";', "no-test-code-in-production"],
  ["packages/host/src/vitest.ts", 'import "vitest";', "no-test-package-in-production"],
  ["packages/host/src/clock.ts", 'import "@jobs/core/testing";', "no-test-package-in-production"],
];

/** What looks like it, and is as it should be. */
const RIGHT: readonly (readonly [path: string, text: string])[] = [
  ["packages/core/src/worker/down.ts", 'import "../task/a.ts";\nimport "../results/a.ts";\nimport "./a.ts";'],
  ["packages/adapter-redis/src/on-core.ts", 'import "@jobs/core";'],
  ["packages/cli/src/on-demand.ts", 'await import("@jobs/adapter-redis");'],
  ["packages/cli/src/types.ts", 'import type { Redis } from "@jobs/adapter-redis";'],
  ["packages/testing/src/on-memory.ts", 'import "@jobs/adapter-memory";'],
  ["packages/cli/test/own.test.ts", 'import "../src/types.ts";'],
  ["packages/broker-conformance/src/kit.ts", 'import "vitest";\nimport "@jobs/core/testing";'],
  ["packages/core/src/task/a.test.ts", 'import "vitest";\nimport "@jobs/adapter-memory";'],
  ["examples/mail/app.ts", 'import "./handlers.ts";'],
  ["packages/cli/src/two.ts", 'import "./three.ts";'],
  ["packages/cli/src/three.ts", 'export * from "./one.ts";'],
];

describe("what may import what", () => {
  it("every rule of dependency-cruiser finds what breaks it, and nothing else", () => {
    const root = mkdtempSync(join(tmpdir(), "jobs-imports-"));
    try {
      writeTree(root);
      const found = cruise(root);
      const expected = BROKEN.map(([path, , rule]) => `${path} ${rule}`);
      expect(found.filter((one) => !one.endsWith(" no-circle")).toSorted()).toEqual(
        expected.filter((one) => !one.endsWith(" no-circle")).toSorted(),
      );
      // A circle is told once, from whichever of its files comes first.
      expect(found.filter((one) => one.endsWith(" no-circle"))).toHaveLength(1);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

/** Small packages that stand on each other like those of this repository, with every file of the two lists. */
function writeTree(root: string): void {
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\nexport type A = 1;\n`);
  };
  mkdirSync(join(root, "node_modules/@jobs"), { recursive: true });
  for (const name of PACKAGES) {
    mkdirSync(join(root, "packages", name, "src"), { recursive: true });
    const exports = { ".": "./src/index.ts", "./testing": "./src/entries/testing.ts" };
    writeFileSync(
      join(root, "packages", name, "package.json"),
      JSON.stringify({ name: `@jobs/${name}`, exports }),
    );
    write(`packages/${name}/src/index.ts`, "");
    symlinkSync(join(root, "packages", name), join(root, "node_modules/@jobs", name));
  }
  symlinkSync(join(ROOT, "node_modules/vitest"), join(root, "node_modules/vitest"));
  const others = [
    "packages/core/src/entries/testing.ts",
    "packages/host/test/fake.ts",
    "examples/mail/handlers.ts",
  ];
  const folders = ["errors", "broker", "task", "job", "worker", "results", "flow", "app"];
  for (const path of [...others, ...folders.map((folder) => `packages/core/src/${folder}/a.ts`)])
    write(path, "");
  for (const [path, text] of [...BROKEN, ...RIGHT]) write(path, text);
}

/** What the tool finds: `<file> <rule>`. */
function cruise(root: string): readonly string[] {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs"),
      "--config",
      join(ROOT, ".dependency-cruiser.mjs"),
      "--output-type",
      "json",
      "packages",
      "examples",
    ],
    { cwd: root, encoding: "utf8" },
  );
  if (stdout === "") throw new Error(stderr);
  const { summary } = JSON.parse(stdout) as {
    readonly summary: { readonly violations: readonly { from: string; rule: { name: string } }[] };
  };
  return summary.violations.map(({ from, rule }) => `${from} ${rule.name}`);
}

/** What a rule says about one file. */
function complaints(rule: Rule, path: string, text: string): string[] {
  return rule(repositoryOf({ [path]: text })).map(({ message }) => message);
}

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

describe("joined signals", () => {
  it("are those of core, which leave their sources", () => {
    const text =
      "const ended = AbortSignal.any([signal, closed]);\n// AbortSignal.any stays in its sources\n";
    expect(complaints(joinedSignals, "packages/adapter-sqs/src/receive/poll.ts", text)).toHaveLength(1);
    expect(complaints(joinedSignals, "packages/adapter-sqs/src/receive/poll.test.ts", text)).toEqual([]);
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

  it("a published package describes itself in full", () => {
    const missing = complaints(manifestFields, "packages/x/package.json", '{ "license": "MIT" }');
    expect(missing).toContain('"description" is missing.');
    expect(missing).not.toContain('"license" is missing.');
    expect(complaints(manifestFields, "packages/x/package.json", '{ "private": true }')).toEqual([]);
  });

  it("a published package says what the root says, and which folder it is", () => {
    const root = { license: "MIT", author: "us", repository: { type: "git", url: "git+https://host/x.git" } };
    const good = { ...root, repository: { ...root.repository, directory: "packages/x" } };
    const about = (manifest: object) =>
      sharedFields(
        repositoryOf({
          "package.json": JSON.stringify(root),
          "packages/x/package.json": JSON.stringify(manifest),
        }),
      ).map(({ message }) => message);
    expect(about(good)).toEqual([]);
    expect(about({ ...good, author: "them" })).toEqual(['"author" must be "us".']);
    expect(about({ ...good, repository: root.repository })).toEqual([
      expect.stringMatching(/^"repository" must be .*"directory":"packages\/x"/),
    ]);
    expect(about({ private: true })).toEqual([]);
  });
});
