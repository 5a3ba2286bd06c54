import { dirname, extname } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError } from "@jobs/core";
import { installCommand, type ModuleExports, moduleExports, nearestFile } from "@jobs/core/runtime";
import type { Jiti } from "jiti";

const TYPESCRIPT = [".ts", ".mts", ".cts", ".tsx"];

/**
 * Imports a module of the user by its URL: JavaScript with Node, TypeScript with jiti and with `paths` of the nearest
 * `tsconfig.json`. @throws ConfigError where jiti is missing.
 */
export async function importModule(url: string): Promise<ModuleExports> {
  const isTypeScript = TYPESCRIPT.includes(extname(new URL(url).pathname));
  return moduleExports(isTypeScript ? await importWithJiti(url) : await import(url));
}

async function importWithJiti(url: string): Promise<unknown> {
  const { createJiti } = await loadJiti();
  const options = { interopDefault: false };
  // Named, since jiti would otherwise look for one above each module, also in node_modules.
  const tsconfigPaths = nearestFile(["tsconfig.json"], dirname(fileURLToPath(url))) ?? false;
  let jiti: Jiti;
  try {
    jiti = createJiti(url, { ...options, tsconfigPaths });
  } catch {
    // A broken tsconfig.json matters only to modules that need its paths, and their error names the import.
    jiti = createJiti(url, options);
  }
  return jiti.import(url);
}

async function loadJiti(): Promise<typeof import("jiti")> {
  try {
    return await import("jiti");
  } catch (cause) {
    throw new ConfigError("a TypeScript module needs the package jiti, which cannot be loaded.", {
      cause,
      hint: `Install it: ${installCommand("jiti")}. Or name the compiled module.`,
    });
  }
}
