import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** Versions by name: of peers as their package.json has them, of servers as they say it themselves. */
export type Versions = Readonly<Record<string, string>>;

const noted = new Map<string, string>();

const require = createRequire(import.meta.url);

/** Notes what this process measures or measures against. The harness keeps it beside the figures. */
export function noteVersion(name: string, version: string): void {
  noted.set(name, version);
}

/** Notes installed packages. @throws Error for one that is not installed */
export function notePackages(names: readonly string[]): void {
  for (const name of names) noteVersion(name, versionOf(name));
}

/** All that this process has noted, by name in alphabetical order. */
export function notedVersions(): Versions {
  return Object.fromEntries([...noted].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Most packages do not export their package.json, so it is read as a file. */
function versionOf(name: string): string {
  const folders = require.resolve.paths(name) ?? [];
  const path = folders.map((folder) => join(folder, name, "package.json")).find(existsSync);
  if (path === undefined) throw new Error(`${name} is not installed. Run node scripts/setup.mjs.`);
  return (JSON.parse(readFileSync(path, "utf8")) as { readonly version: string }).version;
}
