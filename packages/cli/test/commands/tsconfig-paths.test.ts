import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadModule } from "../../src/project/load-module.ts";
import { createProject, type ProjectFiles, type TestProject } from "../project.ts";

/** An app that imports its only task by `specifier`. */
const appWith = (specifier: string) => `
  import { createApp, handle } from "@jobs/core";
  import { double } from "${specifier}";
  export default createApp({ tasks: [double], handlers: [handle(double, ({ n }: { n: number }) => 2 * n)] });
`;

const TASKS = `
  import { defineTask } from "@jobs/core";
  export const double = defineTask("double", { n: "number" });
`;

function tsconfig(compilerOptions: object, rest: object = {}): string {
  return JSON.stringify({ ...rest, compilerOptions });
}

/** A project in TypeScript, of these files and a configuration that names its app. */
function projectOf(app: string, files: ProjectFiles): TestProject {
  const config = `import type { Config } from "@jobs/cli";\nexport default { app: "./${app}" };\n`;
  return createProject({ "app.mjs": null, "jobs.config.mjs": null, "jobs.config.ts": config, ...files });
}

describe("an app whose imports use tsconfig.json", () => {
  it.each<[name: string, app: string, files: ProjectFiles]>([
    [
      "paths",
      "src/app.ts",
      {
        "tsconfig.json": tsconfig({ paths: { "@/*": ["./src/*"] } }),
        "src/app.ts": appWith("@/tasks/double"),
        "src/tasks/double.ts": TASKS,
      },
    ],
    [
      "paths, with the extension that the compiled file has",
      "src/app.ts",
      {
        "tsconfig.json": tsconfig({ paths: { "@/*": ["./src/*"] } }),
        "src/app.ts": appWith("@/tasks.js"),
        "src/tasks.ts": TASKS,
      },
    ],
    [
      "the second of several targets",
      "src/app.ts",
      {
        "tsconfig.json": tsconfig({ paths: { "~/*": ["./generated/*", "./src/*"] } }),
        "src/app.ts": appWith("~/tasks"),
        "src/tasks.ts": TASKS,
      },
    ],
    [
      "baseUrl without paths",
      "src/app.ts",
      {
        "tsconfig.json": tsconfig({ baseUrl: "./src" }),
        "src/app.ts": appWith("tasks/double"),
        "src/tasks/double.ts": TASKS,
      },
    ],
    [
      "paths from baseUrl, in a file that is extended, with comments",
      "src/app.ts",
      {
        "tsconfig.json": `{ /* ours */ "extends": "./config/base.json", }`,
        "config/base.json": tsconfig({ baseUrl: "..", paths: { "#shop/*": ["src/*"] } }),
        "src/app.ts": appWith("#shop/tasks"),
        "src/tasks.ts": TASKS,
      },
    ],
    [
      "the root's paths in a workspace",
      "apps/worker/src/app.ts",
      {
        "tsconfig.base.json": tsconfig({
          paths: {
            "@shop/tasks": ["./libs/tasks/src/index.ts"],
            "@shop/tasks/*": ["./libs/tasks/src/*"],
          },
        }),
        "apps/worker/tsconfig.json": tsconfig({}, { extends: "../../tsconfig.base.json" }),
        "apps/worker/src/app.ts": appWith("@shop/tasks"),
        "libs/tasks/src/index.ts": `export * from "@shop/tasks/double.ts";\n`,
        "libs/tasks/src/double.ts": TASKS,
      },
    ],
  ])("finds %s", async (_name, app, files) => {
    using project = projectOf(app, files);
    expect(await project.jobs(["run", "double", "n=21"])).toMatchObject({ code: 0, stdout: "42\n" });
  });

  it("finds imports of package.json, which Node and tsx understand too", async () => {
    using project = projectOf("src/app.ts", {
      "package.json": JSON.stringify({ type: "module", imports: { "#src/*": "./src/*" } }),
      "src/app.ts": appWith("#src/tasks.ts"),
      "src/tasks.ts": TASKS,
    });
    expect(await project.jobs(["run", "double", "n=21"])).toMatchObject({ code: 0, stdout: "42\n" });
  });

  it("reads no tsconfig.json of a package", async () => {
    using project = projectOf("app.ts", {
      "tsconfig.json": tsconfig({ paths: { "@/*": ["./*"] } }),
      "app.ts": appWith("@/tasks"),
      "tasks.ts": `export * from "shop-tasks";`,
      "node_modules/shop-tasks/package.json": JSON.stringify({ type: "module", exports: "./index.ts" }),
      "node_modules/shop-tasks/tsconfig.json": `{ "extends": "@tsconfig/strictest" }`,
      "node_modules/shop-tasks/index.ts": TASKS,
    });
    expect(await project.jobs(["run", "double", "n=3"])).toMatchObject({ code: 0, stdout: "6\n" });
  });

  it("uses the file that is nearest to the app, wherever the command is typed", async () => {
    using project = projectOf("apps/worker/app.ts", {
      "tsconfig.json": tsconfig({ paths: { "@/*": ["./wrong/*"] } }),
      "apps/worker/tsconfig.json": tsconfig({ paths: { "@/*": ["./src/*"] } }),
      "apps/worker/app.ts": appWith("@/tasks"),
      "apps/worker/src/tasks.ts": TASKS,
      "wrong/tasks.ts": "throw new Error('not this one');",
    });
    for (const cwd of [".", "apps/worker"])
      expect(await project.jobs(["run", "double", "n=4"], { cwd })).toMatchObject({ stdout: "8\n" });
  });

  it("names an alias that leads nowhere, and does not ask for its installation", async () => {
    using project = projectOf("app.ts", {
      "tsconfig.json": tsconfig({ paths: { "@/*": ["./src/*"] } }),
      "app.ts": appWith("@/gone"),
    });
    const { code, stderr } = await project.jobs(["tasks"]);
    expect(stderr).toContain(
      "app.ts:3: it imports @/gone, which is no package and no path of tsconfig.json.",
    );
    expect(stderr).toContain("name its folder in paths of the nearest tsconfig.json");
    expect(stderr).not.toMatch(/npm install|pnpm add/);
    expect(code).toBe(78);
  });
});

describe("a tsconfig.json that cannot be read", () => {
  /** Outside of every project, where no other tsconfig.json is above. */
  async function inFolder(files: Readonly<Record<string, string>>) {
    const folder = mkdtempSync(join(tmpdir(), "jobs-tsconfig-"));
    try {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
      return await loadModule(join(folder, "app.ts"), "app");
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  const EXTENDS_A_MISSING_PACKAGE = `{ "extends": "@tsconfig/node24/tsconfig.json" }`;

  it("does not stop an app that needs no paths", async () => {
    const app = await inFolder({ "tsconfig.json": EXTENDS_A_MISSING_PACKAGE, "app.ts": "export default 7;" });
    expect(app.default).toBe(7);
  });

  it.each([
    [EXTENDS_A_MISSING_PACKAGE, "File '@tsconfig/node24/tsconfig.json' not found"],
    [
      `{ "compilerOptions": { "paths": { "@/*": ["src/*"] } } }`,
      "Non-relative paths are not allowed when 'baseUrl' is not set. Did you forget a leading './'?",
    ],
  ])("is named where an import is missing: %s", async (text, reason) => {
    const files = { "tsconfig.json": text, "app.ts": `import "@/tasks";` };
    await expect(inFolder(files)).rejects.toMatchObject({
      hint: expect.stringContaining(`The paths of tsconfig.json were not used: ${reason}`),
    });
  });
});
