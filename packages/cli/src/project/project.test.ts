import { describe, expect, it } from "vitest";
import { positionInFolder } from "./load-module.ts";
import { parseData } from "./parse-data.ts";
import { keyPosition } from "./read-config-file.ts";

describe("locateKey [C18]", () => {
  const yaml = "app: ./app.ts\nworker:\n  lease: 3x\ntasks:\n  my_task:\n    timeout: soon\n";
  const toml = '[worker]\nlease = "3x"\n\n[tasks.my_task]\ntimeout = "soon"\n';
  const code =
    'export default {\n  worker: { concurrency: 1,\n    lease: "3x" },\n  tasks: { "my_task": {\n timeout: 1 } } };';

  it.each([
    [yaml, "worker.lease", 3],
    [yaml, "tasks.my_task.timeout", 6],
    [yaml, "worker", 2],
    [toml, "worker.lease", 2],
    [toml, "tasks.my_task.timeout", 5],
    [code, "worker.lease", 3],
    [code, "tasks.my_task.timeout", 5],
    [yaml, "nothing", undefined],
  ])("finds the line (%#)", (text, path, line) => {
    expect(keyPosition(text, path)).toBe(line);
  });
});

describe("parseData", () => {
  it.each([
    ["json", '{"worker": {"lease": "3s"}} // comment'],
    ["yaml", "worker:\n  lease: 3s\n"],
    ["toml", '[worker]\nlease = "3s"\n'],
    ["ini", "[worker]\nlease=3s\n"],
  ])("reads %s", async (extension, text) => {
    expect(await parseData(`jobs.config.${extension}`, "c", text)).toEqual({ worker: { lease: "3s" } });
  });

  it.each([
    ["json", '{\n  "a": 1,\n  "b": }', "c:3: "],
    ["yaml", "a: 1\na: 2\n", "c:2: "],
    ["yaml", "a: !!js/function x", "c:1: "],
    ["toml", "a = 1\nb = = 2", "c:2: "],
  ])("names file and line of broken %s [C18]", async (extension, text, place) => {
    const error = { code: "invalid_config", message: expect.stringMatching(new RegExp(`^${place}`)) };
    await expect(parseData(`x.${extension}`, "c", text)).rejects.toMatchObject(error);
  });

  it("a __proto__ key poisons nothing [F64]", async () => {
    await expect(parseData("x.json", "c", '{"__proto__": {"polluted": 1}}')).rejects.toThrow(
      "poisons prototypes",
    );
    await parseData("x.json", "c", "{__proto__: {polluted: 1}}");
    await parseData("x.ini", "c", "[__proto__]\npolluted=1");
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe("placeInFolder", () => {
  it("takes the first place in the user's own files", () => {
    const error = new Error("x");
    error.stack = `Error: x\n    at f (${process.cwd()}/node_modules/y.js:1:2)\n    at file://${process.cwd()}/src/app.ts:3:7`;
    expect(positionInFolder(error, process.cwd())).toBe("src/app.ts:3");
    expect(positionInFolder(error, "/elsewhere")).toBeUndefined();
  });
});
