import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Data that was made and never opened, for each Postgres that has run tests here. */
const KEPT = fileURLToPath(new URL("../../.tmp/postgres/", import.meta.url));

/**
 * Fills `data` with that of a new server. Making it takes four times as long as copying it. So the first data that `make`
 * writes is kept for later servers, of the same programs and made in the same way.
 */
export function fillWithFreshData(
  data: string,
  { programs, way }: { readonly programs: string; readonly way: readonly string[] },
  make: () => void,
): void {
  const kept = join(KEPT, keyOf(programs, way));
  if (existsSync(kept)) return copy(kept, data);
  make();
  mkdirSync(KEPT, { recursive: true });
  const folder = mkdtempSync(join(KEPT, "new-"));
  const whole = join(folder, "data");
  copy(data, whole);
  keep(whole, kept);
  rmSync(folder, { recursive: true });
}

/** Nobody sees a part of it. Of several processes at the same time, one wins. */
function keep(whole: string, kept: string): void {
  try {
    renameSync(whole, kept);
  } catch (error) {
    if (!existsSync(kept)) throw error;
  }
}

/** An update of the programs has other times of change, and gets other data. */
function keyOf(programs: string, way: readonly string[]): string {
  const changedAt = ["initdb", "postgres"].map((program) => statSync(join(programs, program)).mtimeMs);
  return createHash("sha256")
    .update(JSON.stringify([programs, changedAt, way, process.getuid?.()]))
    .digest("hex")
    .slice(0, 16);
}

/** With its owner and its rights: Postgres refuses data of others. */
function copy(from: string, to: string): void {
  execFileSync("cp", ["-a", from, to]);
}
