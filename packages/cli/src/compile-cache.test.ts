import { chownSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type BundleLoading, keepCompiledCode } from "./compile-cache.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(import.meta.dirname, "home-"));
});
afterEach(() => rmSync(home, { recursive: true }));

const bundling = (): BundleLoading => ({
  bundles: home,
  loaders: { ...createRequire(import.meta.url).extensions },
});

/** The folder that Node is given for these variables. */
function folderFor(env: NodeJS.ProcessEnv): string | undefined {
  let given: string | undefined;
  const enableCompileCache = (folder: string) => {
    given = folder;
  };
  keepCompiledCode({ enableCompileCache }, bundling(), env);
  return given;
}

it("keeps compiled code in the user's own cache folder", () => {
  expect(folderFor({ HOME: home })).toBe(join(home, ".cache/jobs/compile-cache"));
  expect(folderFor({ HOME: "/nowhere", XDG_CACHE_HOME: home })).toBe(join(home, "jobs/compile-cache"));
  expect(existsSync(join(home, "jobs/compile-cache"))).toBe(true);
});

it("keeps none without a folder of its own", () => {
  expect(folderFor({})).toBeUndefined();
  expect(folderFor({ HOME: join(home, "missing") })).toBeUndefined();
  expect(folderFor({ HOME: "relative" })).toBeUndefined();
});

it.runIf(process.getuid?.() === 0)("does not trust the home of another user", () => {
  chownSync(home, 65_534, 65_534);
  expect(folderFor({ HOME: home })).toBeUndefined();
});

it("keeps none where it is turned off", () => {
  expect(folderFor({ HOME: home, NODE_DISABLE_COMPILE_CACHE: "1" })).toBeUndefined();
});

it.each([
  ["has no such cache", {}],
  ["has one for all modules", { enableCompileCache: () => {} }],
])("takes over the bundles on a Node that %s", (_, node) => {
  const loading = bundling();
  keepCompiledCode(node, loading, {});
  expect(loading.loaders[".cjs"]).toBeUndefined();
  keepCompiledCode(node, loading, { HOME: home });
  expect(loading.loaders[".cjs"]).toBeTypeOf("function");
});
