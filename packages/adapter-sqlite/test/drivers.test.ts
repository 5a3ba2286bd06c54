import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { DRIVERS, type SqliteDriver } from "../src/driver/sqlite-driver.ts";
import { sqlite, sqliteHistory, sqliteResults } from "../src/index.ts";
import { allLines, nextLine, startChild } from "./child-process.ts";
import { temporaryFile } from "./temporary-file.ts";

const HAS_BUILT_IN = isBuiltin("node:sqlite");
const [BUILT_IN, PACKAGE] = DRIVERS;
const PRESENT: readonly SqliteDriver[] = HAS_BUILT_IN ? DRIVERS : [PACKAGE];
if (!HAS_BUILT_IN) process.stderr.write(`Node ${process.version}: tests of ${BUILT_IN} are left out.\n`);

const message = (id: string) => ({ id, label: "test", body: JSON.stringify({ id }) });
const UNUSABLE = { code: "invalid_config", retryable: false, says: " cannot be opened for writing." };
const LOCKED = {
  code: "broker_unavailable",
  retryable: true,
  says: ": another process has kept the file locked for 5 s.",
};

describe.each(PRESENT)("the driver %s", (driver) => {
  it("has the values, errors and files that this package expects", async () => {
    const child = startChild("driver-facts", { file: temporaryFile(), driver });
    const { values, faults, ...rest } = JSON.parse(await nextLine(child));
    await child.done;
    expect(values).toEqual({
      text: "a\ufffdb\ufffdü🙂",
      repeatedParameters: { a: 1, b: "x", c: "x" },
      missingParameter: { a: 1, b: null },
      fraction: 0.1,
      largest: Number.MAX_SAFE_INTEGER,
      inserted: [{ count: 2, last: 8 }, 1],
      returned: [{ n: 8, text: "c" }],
      blob: [0, 255, 65],
      type: "integer",
    });
    const { tooLarge, constraint, syntax, ...named } = faults;
    for (const fault of [tooLarge, constraint, syntax]) expect(fault.code).toBe("broker_unavailable");
    expect(named).toEqual({
      locked: LOCKED,
      lockedStatement: LOCKED,
      full: { code: "broker_unavailable", retryable: true, says: ": no space is left for it." },
      readOnly: UNUSABLE,
      notADatabase: { code: "invalid_config", retryable: false, says: " is not a SQLite database." },
      folder: UNUSABLE,
      noFolder: UNUSABLE,
    });
    expect(rest).toEqual({ afterRollback: "not locked", files: ["jobs.db"] });
  });

  it("writes nothing to stderr, and leaves no log and no descriptors", async () => {
    const file = temporaryFile();
    const child = startChild("open-and-close", { file, times: 5, driver });
    let stderr = "";
    child.process.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    const { files } = JSON.parse(await nextLine(child));
    await child.done;
    expect(files).toEqual(["jobs.db", "jobs.db-reserve"]);
    expect(stderr).toBe("");
  });
});

it.runIf(HAS_BUILT_IN)(
  "processes with different drivers send to and take from one file at the same time, each job once",
  async () => {
    const file = temporaryFile();
    const broker = sqlite({ file, driver: BUILT_IN });
    const queue = await broker.openQueue("work");
    const ids = Array.from({ length: 4_000 }, (_, index) => `job-${index}`);
    await queue.send(ids.map(message));
    const claimers = [BUILT_IN, PACKAGE, BUILT_IN, PACKAGE].map((driver) =>
      startChild("claim", { file, max: 10, driver }),
    );
    const writers = DRIVERS.map((driver) => startChild("serve-lines", { file, driver }));
    for (const child of claimers) expect(await nextLine(child)).toBe("open");
    for (const writer of writers) expect(await nextLine(writer)).toBe("ready");
    for (const child of claimers) child.process.stdin.write("go");
    for (let n = 0; n < 50; n++) {
      for (const writer of writers) writer.process.stdin.write(`send ${writers.indexOf(writer)}-${n}\n`);
      for (const writer of writers) expect(JSON.parse(await nextLine(writer))).toBe("sent");
    }
    for (const writer of writers) writer.process.stdin.end();
    const claimed = (await Promise.all(claimers.map(allLines))).flat();
    await Promise.all(writers.map(({ done }) => done));
    const left = (await queue.stats()).ready.n ?? 0;
    expect(new Set(claimed).size).toBe(claimed.length);
    expect(claimed.length + left).toBe(ids.length + 100);
    await broker.close();
  },
);

it("a process has one driver; a second one is refused where it is asked for", () => {
  const [used, second] = [PRESENT[0]!, DRIVERS.find((driver) => driver !== PRESENT[0])!];
  const file = temporaryFile();
  sqlite({ file, driver: used });
  const refusal = expect.objectContaining({
    code: "invalid_config",
    message: expect.stringContaining(`already uses ${used}`),
    hint: expect.stringContaining("`driver`"),
  });
  for (const make of [sqlite, sqliteResults, sqliteHistory]) {
    expect(() => make({ file, driver: used })).not.toThrow();
    expect(() => make({ file, driver: second })).toThrow(refusal);
  }
});

describe("a driver that is not there", () => {
  /** A project with the built package and without its driver. */
  function openIn(options: object): {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
  } {
    const folder = dirname(temporaryFile());
    const packages = join(folder, "node_modules", "@jobs");
    const own = fileURLToPath(new URL("..", import.meta.url));
    mkdirSync(join(packages, "adapter-sqlite", "dist"), { recursive: true });
    for (const name of ["package.json", "dist/bundle.js"])
      cpSync(join(own, name), join(packages, "adapter-sqlite", name));
    symlinkSync(join(own, "..", "core"), join(packages, "core"), "dir");
    const program = `import { sqlite } from "@jobs/adapter-sqlite";
      const broker = sqlite(${JSON.stringify({ file: "jobs.db", ...options })});
      await broker.openQueue("work").catch(({ code, message, hint }) => console.log(JSON.stringify({ code, message, hint })));`;
    writeFileSync(join(folder, "program.mjs"), program);
    const flags = HAS_BUILT_IN ? ["--no-experimental-sqlite"] : [];
    const { stdout, stderr } = spawnSync(process.execPath, [...flags, "program.mjs"], {
      cwd: folder,
      // The package manager's own starters put all packages there.
      env: { ...process.env, NODE_PATH: "" },
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    return JSON.parse(stdout);
  }

  it.each([{}, { driver: PACKAGE }])("says what to install, with %j", (options) => {
    expect(openIn(options)).toEqual({
      code: "invalid_config",
      message: `sqlite: its driver ${PACKAGE} is not installed (Node ${process.version}).`,
      hint: `Install it: npm install ${PACKAGE}@1. Node 22.13 or newer needs no driver.`,
    });
  });

  it("says which Node has its own", () => {
    expect(openIn({ driver: BUILT_IN })).toMatchObject({
      code: "invalid_config",
      message: expect.stringContaining(`${process.version} has no ${BUILT_IN}`),
      hint: expect.stringContaining("22.13"),
    });
  });
});
