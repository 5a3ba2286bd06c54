// Packs every package as the release does.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Where the archives are, with a folder for the contents of each. */
export const PACKS = `${root}.tmp/packs`;

/**
 * A package as users get it.
 * @typedef {object} Archive
 * @property {string} name
 * @property {any} manifest Its `package.json`, with versions instead of `workspace:`.
 * @property {ReadonlyMap<string, string>} files Text by path.
 * @property {number} packedBytes
 * @property {number} unpackedBytes
 * @property {Uint8Array} tarball
 */

/**
 * Packs with pnpm: only pnpm replaces `workspace:` with versions and applies `publishConfig.exports`. It also adds the
 * root's LICENSE.
 * @returns {readonly Archive[]}
 */
export function packAll() {
  rmSync(PACKS, { recursive: true, force: true });
  mkdirSync(PACKS, { recursive: true });
  const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
  const pack = ["-r", "--filter", "./packages/*", "pack", "--pack-destination", PACKS];
  execFileSync("npx", ["-y", packageManager, ...pack], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  return readdirSync(PACKS).map(readArchive);
}

/**
 * @param {string} file
 * @returns {Archive}
 */
function readArchive(file) {
  const folder = `${PACKS}/${file.replace(/\.tgz$/, "")}`;
  mkdirSync(folder);
  execFileSync("tar", ["-xzf", `${PACKS}/${file}`, "--strip-components=1", "-C", folder]);
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => statSync(`${folder}/${path}`).isFile());
  const files = new Map(paths.map((path) => [path, readFileSync(`${folder}/${path}`, "utf8")]));
  const manifest = JSON.parse(files.get("package.json") ?? "{}");
  const tarball = readFileSync(`${PACKS}/${file}`);
  return {
    name: manifest.name,
    manifest,
    files,
    packedBytes: tarball.byteLength,
    unpackedBytes: paths.reduce((bytes, path) => bytes + statSync(`${folder}/${path}`).size, 0),
    tarball,
  };
}
