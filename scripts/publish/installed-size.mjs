import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * What a package brings into `node_modules`.
 * @typedef {object} Installed
 * @property {ReadonlyMap<string, number>} packages Bytes by `name@version`, the package itself included.
 * @property {number} bytes The sum.
 */

/**
 * What has to be installed for packages of this workspace: they, their dependencies, and the peers that are not optional.
 * Packages of others are measured in this checkout's `node_modules`, which the lockfile decides. Optional dependencies
 * do not count: which of them a machine gets depends on its system.
 * @param {readonly string[]} names
 * @param {readonly import("./archives.mjs").Archive[]} archives
 * @param {string} packages The folder of the workspace's packages.
 * @returns {Installed}
 */
export function installedWith(names, archives, packages) {
  /** @type {Map<string, number>} */
  const found = new Map();
  /** @type {(name: string, from: string) => void} */
  const add = (name, from) => {
    const archive = archives.find((one) => one.name === name);
    const folder = archive === undefined ? folderOf(name, from) : join(packages, name.replace("@jobs/", ""));
    const manifest = archive?.manifest ?? JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const key = `${name}@${manifest.version}`;
    if (found.has(key)) return;
    found.set(key, archive?.unpackedBytes ?? bytesOf(folder));
    for (const dependency of neededBy(manifest)) add(dependency, folder);
  };
  for (const name of names) add(name, packages);
  return { packages: found, bytes: [...found.values()].reduce((sum, bytes) => sum + bytes, 0) };
}

/** @param {any} manifest */
function neededBy({
  dependencies = {},
  peerDependencies = {},
  peerDependenciesMeta = {},
  optionalDependencies = {},
}) {
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  return [...Object.keys(dependencies), ...peers].filter((name) => !(name in optionalDependencies));
}

/**
 * Where Node would find a package from a folder.
 * @param {string} name
 * @param {string} from
 * @returns {string}
 */
function folderOf(name, from) {
  const beside = join(from, "node_modules", name);
  if (existsSync(beside)) return realpathSync(beside);
  if (dirname(from) === from)
    throw new Error(`${name} is not installed: node scripts/setup.mjs installs it.`);
  return folderOf(name, dirname(from));
}

/** @param {string} folder */
function bytesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.slice(folder.length).includes("node_modules"))
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
