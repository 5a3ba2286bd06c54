import type { Progress } from "./progress.ts";

/** A progress bar on stderr; `undefined` where that is no terminal, so that nothing is loaded for it. */
export async function openProgress(label: string): Promise<Progress | undefined> {
  if (process.stderr.isTTY !== true) return undefined;
  const { createProgress } = await import("./progress.ts");
  return createProgress(label);
}
