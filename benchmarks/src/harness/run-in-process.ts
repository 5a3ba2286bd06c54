import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { BenchCase, Figures, Scale } from "./bench-case.ts";
import type { Versions } from "./versions.ts";

const CASE_PROCESS = fileURLToPath(new URL("../case-process.js", import.meta.url));

/** Marks the line with the figures: a case may print other lines too. */
export const FIGURES_PREFIX = "figures: ";

/** What a process of a case prints. */
export interface CaseResult {
  readonly figures: Figures;
  readonly versions: Versions;
}

/** Runs a case once in a fresh process. @throws Error with what the process printed, when it gave no figures. */
export async function runInProcess(suite: string, { name }: BenchCase, scale: Scale): Promise<CaseResult> {
  const child = spawn(process.execPath, ["--expose-gc", CASE_PROCESS, suite, name, scale], {
    stdio: ["ignore", "pipe", "pipe"],
    env: environment(),
  });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const [code] = await once(child, "close");
  const line = printed.split("\n").find((text) => text.startsWith(FIGURES_PREFIX));
  if (code !== 0 || line === undefined) throw new Error(`${suite}, ${name}: exit code ${code}.\n${printed}`);
  return JSON.parse(line.slice(FIGURES_PREFIX.length)) as CaseResult;
}

/**
 * Without NODE_EXTRA_CA_CERTS: reading certificates at each start of Node would count as start-up of the tested
 * program.
 */
function environment(): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: _, ...rest } = process.env;
  return rest;
}
