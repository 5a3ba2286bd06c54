import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProject, type TestProject } from "../project.ts";

const NOT_UTF8 = Buffer.from([0x22, 0xff, 0x22]);

function expectRefused(
  outcome: { code: number | null; stderr: string; stdout: string },
  code: number,
  text: string,
) {
  expect(outcome.stderr).toContain(text);
  expect(outcome).toMatchObject({ code, stdout: "" });
  expect(outcome.stderr).not.toMatch(/This is a bug|TypeError|\n {4}at /);
}

/** What can stand where a file is expected, and what is said of it. */
const ODD: Readonly<Record<string, readonly [make: (path: string) => void, reason: string]>> = {
  "a folder": [(path) => mkdirSync(path), "it is a folder"],
  "a link that leads nowhere": [(path) => symlinkSync("nowhere", path), "there is no such file"],
  "a link to itself": [(path) => symlinkSync(path, path), "its links lead in a circle"],
  "bytes that are not UTF-8": [(path) => writeFileSync(path, NOT_UTF8), "it is not UTF-8"],
};

describe("a configuration file", () => {
  describe.each(["ts", "mjs", "json", "yaml", "yml", "toml", "ini"])("jobs.config.%s", (extension) => {
    it.each(Object.entries(ODD))("that is %s is refused with exit 78", async (_, [make, reason]) => {
      using project = createProject({ "jobs.config.mjs": null });
      const name = `jobs.config.${extension}`;
      make(join(project.folder, name));
      expectRefused(await project.jobs(["config"]), 78, `${name}: the file cannot be read: ${reason}`);
    });
  });

  it.each(["ts", "mjs", "json"])(
    "that is empty is refused with exit 78: jobs.config.%s",
    async (extension) => {
      using project = createProject({ "jobs.config.mjs": null, [`jobs.config.${extension}`]: "" });
      expectRefused(await project.jobs(["config"]), 78, `jobs.config.${extension}`);
    },
  );

  it("may begin with a byte order mark", async () => {
    for (const [extension, text] of [
      ["json", '{"app":"./app.mjs"}'],
      ["yaml", "app: ./app.mjs"],
      ["ini", "app=./app.mjs"],
    ]) {
      using project = createProject({
        "jobs.config.mjs": null,
        [`jobs.config.${extension}`]: `\uFEFF${text}`,
      });
      expect(await project.jobs(["tasks"])).toMatchObject({ code: 0, stderr: "" });
    }
  });

  it.each([
    ["json", '{"app":"./app.mjs","tasks":{"a":{"queue":"x"},"a":{"queue":"y"}}}', "a key twice"],
    ["json", '{ // note\n"app":"./app.mjs","release":"a","release":"b", }', "a key twice"],
    ["json", '{"app":"./app.mjs","schedules":{"s":{"params":{"id":9007199254740993}}}}', "read exactly"],
    [
      "yaml",
      "app: ./app.mjs\nschedules:\n  s:\n    params: { id: 9007199254740993 }\n",
      "schedules.s.params.id",
    ],
  ])("in %s: %s is refused, since reading would change it", async (extension, text, reason) => {
    using project = createProject({ "jobs.config.mjs": null, [`jobs.config.${extension}`]: text });
    expectRefused(await project.jobs(["config"]), 78, reason);
  });

  it.each(["jsonc", "json5"])("of a name that is not read is warned of: .%s", async (extension) => {
    using project = createProject({ [`below/jobs.config.${extension}`]: "{}" });
    const { code, stderr } = await project.jobs(["config"], { cwd: "below" });
    expect(code).toBe(0);
    expect(stderr).toContain(`jobs.config.${extension} is not read`);
    expect(await project.jobs(["config", "check"], { cwd: "below" })).toMatchObject({ code: 1 });
  });
});

describe("other files", () => {
  async function refuses(project: TestProject, args: readonly string[], reason: string, code = 65) {
    expectRefused(await project.jobs(args), code, reason);
  }

  it.each(Object.entries(ODD))(
    "%s is refused as a parameter, as --params and as a batch",
    async (_, [make, reason]) => {
      using project = createProject();
      make(join(project.folder, "odd"));
      await refuses(project, ["enqueue", "my_task", "a=@odd", "b=1"], reason);
      await refuses(project, ["enqueue", "my_task", "a:=@odd", "b=1"], reason);
      await refuses(project, ["enqueue", "my_task", "--params", "@odd"], reason);
      const batch = await project.jobs(["enqueue", "--batch", "odd"]);
      expect(batch).toMatchObject({ code: 65 });
      expect(batch.stderr).toContain(reason);
    },
  );

  it.each(Object.entries(ODD))("%s is refused as the module of the app", async (_, [make]) => {
    using project = createProject({ "app.mjs": null });
    make(join(project.folder, "app.mjs"));
    expectRefused(await project.jobs(["tasks"]), 78, "app.mjs");
  });

  it.each(Object.entries(ODD))("%s is refused as the lock", async (_, [make, reason]) => {
    using project = createProject();
    rmSync(join(project.folder, "jobs.lock.json"), { force: true });
    make(join(project.folder, "jobs.lock.json"));
    expectRefused(await project.jobs(["lock", "--check"]), 78, reason);
  });

  it("stdin that is not UTF-8 is refused", async () => {
    using project = createProject();
    const child = project.start(["enqueue", "my_task", "--params", "-"]);
    child.stdin?.end(NOT_UTF8);
    let stderr = "";
    child.stderr?.on("data", (chunk) => {
      stderr += chunk;
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expectRefused(
      { code: code as number, stderr, stdout: "" },
      65,
      "stdin cannot be read for --params: it is not UTF-8",
    );
  });

  it("a batch with a byte order mark, U+2028 in a text and one bad line sends the others", async () => {
    using project = createProject();
    const good = '{"task":"send_mail","params":{"to":"a\u2028b"}}';
    const lines = [
      Buffer.from(`\uFEFF${good}\r\n`),
      Buffer.from([0x22, 0xff, 0x0a]),
      Buffer.from(`${good}\n`),
    ];
    writeFileSync(join(project.folder, "jobs.ndjson"), Buffer.concat(lines));
    const { code, stdout } = await project.jobs(["enqueue", "--batch", "jobs.ndjson", "--json"]);
    expect(code).toBe(65);
    expect(JSON.parse(stdout)).toMatchObject({
      accepted: 2,
      refused: [
        { line: 2, code: "malformed_line", message: expect.stringContaining("not UTF-8 from byte 1") },
      ],
    });
  });
});
