import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { BROKER_CHOICES, type BrokerName, type ProjectChoices, planProject } from "../src/index.ts";
import { main } from "../src/main.ts";

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "jobs-create-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function choices(changes: Partial<ProjectChoices> = {}): ProjectChoices {
  return {
    folder: emptyFolder(),
    broker: "sqlite",
    language: "typescript",
    packageManager: "npm",
    ...changes,
  };
}

const textOf = (files: ReadonlyMap<string, string>, path: string) => {
  const text = files.get(path);
  if (text === undefined) throw new Error(`no ${path} among ${[...files.keys()].join(", ")}`);
  return text;
};

describe("the files of a new project", () => {
  it.each(Object.keys(BROKER_CHOICES) as BrokerName[])("name %s and no other broker", (broker) => {
    const files = planProject(choices({ broker }));
    const others = Object.values(BROKER_CHOICES).filter((choice) => choice !== BROKER_CHOICES[broker]);
    expect(textOf(files, "app.ts")).toContain(`  broker: ${BROKER_CHOICES[broker].call},`);
    expect(Object.keys(JSON.parse(textOf(files, "package.json")).dependencies)).toEqual([
      "@jobs/core",
      BROKER_CHOICES[broker].package,
      "@jobs/cli",
      ...(broker === "sqlite" && !isBuiltin("node:sqlite") ? ["@photostructure/sqlite"] : []),
    ]);
    for (const other of others) for (const text of files.values()) expect(text).not.toContain(other.package);
  });

  it("are TypeScript, or JavaScript that imports JavaScript", () => {
    const typescript = planProject(choices());
    const javascript = planProject(choices({ language: "javascript" }));
    expect([...javascript.keys()].filter((path) => /\.ts$|tsconfig/.test(path))).toEqual([]);
    for (const text of javascript.values()) expect(text).not.toMatch(/\bapp\.ts\b|typescript/);
    expect(textOf(javascript, "test/app.test.js")).toContain('from "../app.js"');
    expect([...typescript.keys()]).toEqual(
      expect.arrayContaining(["app.ts", "jobs.config.ts", "tsconfig.json"]),
    );
  });

  it("have a name that npm takes, whatever the folder is called", () => {
    const files = planProject(choices({ folder: join(emptyFolder(), "_My Shop ü") }));
    expect(JSON.parse(textOf(files, "package.json")).name).toBe("my-shop-");
  });

  it("start the queues of a local SQS endpoint with a dead-letter queue that exists", () => {
    const { queues } = JSON.parse(textOf(planProject(choices({ broker: "sqs" })), "queues.json"));
    const { deadLetterTargetArn } = JSON.parse(queues[1].attributes.RedrivePolicy);
    expect(deadLetterTargetArn.split(":").at(-1)).toBe(queues[0].name);
  });
});

describe("in a project that is there", () => {
  it("package.json keeps what it says and gets what it lacks", () => {
    const folder = emptyFolder();
    const existing = {
      name: "shop",
      type: "module",
      scripts: { test: "vitest" },
      dependencies: { hono: "^4.0.0" },
    };
    writeFileSync(join(folder, "package.json"), JSON.stringify(existing));
    writeFileSync(join(folder, "README.md"), "mine");
    const files = planProject(choices({ folder }));
    expect(JSON.parse(textOf(files, "package.json"))).toMatchObject({
      name: "shop",
      scripts: { test: "vitest", worker: "jobs-cli worker" },
      dependencies: { hono: "^4.0.0", "@jobs/core": expect.any(String) },
    });
    expect(files.has("README.md")).toBe(false);
  });

  it("nothing is written where a file would be replaced, or package.json cannot be read", async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, "app.ts"), "mine");
    expect(() => planProject(choices({ folder }))).toThrow(/^app\.ts in .* would be replaced\.$/);
    const broken = emptyFolder();
    writeFileSync(join(broken, "package.json"), "[]");
    expect(() => planProject(choices({ folder: broken }))).toThrow("is not a JSON object");
    expect(await main([folder, "--no-install"])).toBe(2);
    expect(readFileSync(join(folder, "app.ts"), "utf8")).toBe("mine");
    expect(existsSync(join(folder, "package.json"))).toBe(false);
  });
});

describe("npm create @jobs", () => {
  it("refuses a wrong command line with exit code 2", async () => {
    const folder = emptyFolder();
    expect(await main([folder, "--broker", "kafka"])).toBe(2);
    expect(await main([folder, "second"])).toBe(2);
    expect(await main([folder, "--broke", "redis"])).toBe(2);
    expect(existsSync(join(folder, "app.ts"))).toBe(false);
  });
});
