import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A file that a rule looks at.
 * @typedef {object} RepositoryFile
 * @property {string} path From the root of the repository, with slashes.
 * @property {string} text
 */

/**
 * The files that rules check; tests build one by hand.
 * @typedef {object} Repository
 * @property {readonly RepositoryFile[]} files All files that people write: sources, tests, scripts, documentation,
 * manifests.
 */

/**
 * A broken rule and its place.
 * @typedef {object} Violation
 * @property {string} path
 * @property {number} [line]
 * @property {string} message What is wrong, and what to do instead.
 */

/**
 * @callback Rule
 * @param {Repository} repository
 * @returns {Violation[]}
 */

const SKIPPED_FOLDERS = new Set(["node_modules", "dist", "coverage", ".git", ".jobs", ".tmp", ".temp"]);
/** Other files are listed as targets of links, but not read. */
const READ_FILES = /\.(?:ts|mts|mjs|js|md|json|jsonc|ya?ml|service|py|go)$/;
const CODE_FILES = /\.(?:ts|mts|mjs|js)$/;

/**
 * Reads the checkout below `root`.
 * @param {string} root
 * @returns {Repository}
 */
export function readRepository(root) {
  const files = listFiles(root, "").map((path) => ({
    path,
    text: READ_FILES.test(path) ? readFileSync(join(root, path), "utf8") : "",
  }));
  return { files };
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {string[]}
 */
function listFiles(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? [] : listFiles(root, path);
    return [path];
  });
}

/**
 * The files that hold code.
 * @param {Repository} repository
 */
export function codeFiles({ files }) {
  return files.filter(({ path }) => CODE_FILES.test(path));
}

/**
 * The files of documentation.
 * @param {Repository} repository
 */
export function documents({ files }) {
  return files.filter(({ path }) => path.endsWith(".md"));
}

/**
 * The same page with its fenced code blanked. The number of lines stays.
 * @param {string} page
 */
export function withoutFences(page) {
  return page.replace(/^(`{3,})[^\n]*\n[\s\S]*?^\1`*$/gm, (fence) => fence.replace(/[^\n]/g, ""));
}

/**
 * Whether a file is used by tests only.
 * @param {string} path
 */
export function isTestFile(path) {
  return /\.(?:test|test-d)\.ts$/.test(path) || /(?:^|\/)(?:test|fixtures)\//.test(path);
}

/**
 * The code of a package that is published: its `src` without the tests beside it.
 * @param {Repository} repository
 */
export function productionFiles(repository) {
  return codeFiles(repository).filter(
    ({ path }) => /^packages\/[^/]+\/src\//.test(path) && !isTestFile(path),
  );
}

/**
 * The path of a relative import, or undefined for the name of a package.
 * @param {string} from
 * @param {string} specifier
 */
export function resolveRelative(from, specifier) {
  if (!specifier.startsWith(".")) return undefined;
  return join(from, "..", specifier).replaceAll("\\", "/");
}
