import { extname } from "node:path";
import { ConfigError } from "@jobs/core";
import { installCommand } from "@jobs/core/runtime";
import type { Jiti } from "jiti";

const TYPESCRIPT = [".ts", ".mts", ".cts", ".tsx"];

/**
 * Imports a module of the user by its URL: JavaScript with Node, TypeScript with jiti and with `paths` of the nearest
 * `tsconfig.json`. @throws ConfigError where jiti is missing.
 */
export async function importModule(url: string): Promise<Readonly<Record<string, unknown>>> {
  if (!TYPESCRIPT.includes(extname(new URL(url).pathname))) return import(url);
  const { createJiti } = await loadJiti();
  const options = { interopDefault: false };
  let jiti: Jiti;
  try {
    jiti = createJiti(url, { ...options, tsconfigPaths: true });
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
