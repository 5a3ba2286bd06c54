import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { keepBundles } from "./compiled-bundles.ts";

const require = createRequire(import.meta.url);

let folder: string;
let bundle: string;

beforeEach(() => {
  folder = mkdtempSync(join(import.meta.dirname, "bundles-"));
  bundle = join(folder, "dist", "verb.cjs");
  mkdirSync(join(folder, "dist"));
  writeFileSync(bundle, 'module.exports = () => "old" + __dirname.length + require("node:path").sep;');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Loads a file as a process does that then exits: what its function returns. */
function start(path = bundle): unknown {
  const { extensions } = require;
  const before = process.listeners("exit");
  keepBundles(extensions, { bundles: join(folder, "dist"), cache: join(folder, "cache") });
  const [exit] = process.listeners("exit").filter((listener) => !before.includes(listener));
  try {
    return require(path)();
  } finally {
    if (exit !== undefined) process.removeListener("exit", exit);
    exit?.(0);
    delete extensions[".cjs"];
    delete require.cache[path];
  }
}

/** The only file with compiled code. */
function kept(): string {
  const files = readdirSync(join(folder, "cache"), { recursive: true, encoding: "utf8" });
  const [file = ""] = files.filter((name) => name.endsWith("verb.cjs"));
  return join(folder, "cache", file);
}

it("runs kept code, which is written once", () => {
  const first = start();
  const { ino } = statSync(kept());
  expect(start()).toBe(first);
  expect(statSync(kept()).ino).toBe(ino);
});

it("compiles a file again that was changed, also to a text of the same length", () => {
  expect(start()).toMatch(/^old/);
  writeFileSync(bundle, readFileSync(bundle, "utf8").replace("old", "new"));
  expect(start()).toMatch(/^new/);
  expect(start()).toMatch(/^new/);
});

it.each([
  ["is other code in a part", (data: Buffer) => data.map((byte, at) => (at >> 8 === 1 ? byte ^ 0xff : byte))],
  ["is half there", (data: Buffer) => data.subarray(0, data.length / 2)],
  ["is empty", () => Buffer.alloc(0)],
])("replaces code whose file %s", (_, damage) => {
  const first = start();
  const whole = readFileSync(kept());
  const damaged = damage(Buffer.from(whole));
  writeFileSync(kept(), damaged);
  expect(start()).toBe(first);
  const written = readFileSync(kept());
  expect(written.length).toBe(whole.length);
  expect(written.equals(damaged)).toBe(false);
});

it("runs without a folder that can be written", () => {
  writeFileSync(join(folder, "cache"), "a file");
  expect(start()).toMatch(/^old/);
});

it("leaves other files to Node", () => {
  const other = join(folder, "other.cjs");
  writeFileSync(other, 'module.exports = () => "other";');
  expect(start(other)).toBe("other");
  expect(readdirSync(folder)).not.toContain("cache");
});
