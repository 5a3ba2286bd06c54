import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** In the checkout: the system's temporary folder may be in memory, where nothing waits for a disk. */
const PARENT = fileURLToPath(new URL("../../.tmp/", import.meta.url));

/** A new empty folder, removed when this process ends. */
export function temporaryFolder(): string {
  mkdirSync(PARENT, { recursive: true });
  const folder = mkdtempSync(PARENT);
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
