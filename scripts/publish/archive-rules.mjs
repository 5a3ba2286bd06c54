import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { importsOf } from "./imports-of.mjs";

/** Must not be in a package: build state, tests, and maps of types, which would point to sources that are not there. */
const UNWANTED = /\.tsbuildinfo$|\.test\.|\.test-d\.|\.d\.ts\.map$|(?:^|\/)inputs\.json$/;

/** What the compiler writes for a module of types. */
const TYPES_ALONE = /^export \{\};\s*(?:\/\/# sourceMappingURL=\S+\s*)?$/;

/** @typedef {Pick<import("./archives.mjs").Archive, "name" | "manifest" | "files">} Contents */

/**
 * What is wrong with an archive, a sentence each.
 * @param {Contents} archive
 * @param {string} license The text that each archive has to bring.
 */
export function complaintsAbout(archive, license) {
  const { name, manifest, files } = archive;
  const complaints = [
    ...[...files.keys()].filter((path) => UNWANTED.test(path)).map((path) => `contains ${path}`),
    ...(JSON.stringify(manifest).includes("workspace:") ? ["names a workspace version"] : []),
    ...(JSON.stringify(manifest.exports).includes("@jobs/source") ? ["exports sources"] : []),
    ...(files.has("README.md") ? [] : ["has no README.md"]),
    ...(files.get("LICENSE") === license ? [] : ["has no LICENSE, or another one than the root"]),
    ...sourceMaps(archive),
    ...imports(archive),
  ];
  return complaints.map((complaint) => `${name}: ${complaint}`);
}

/** A map holds its sources, since the archive has none; and a file names a map only if it is there. */
/** @param {Contents} archive */
function sourceMaps({ files }) {
  return [...files].flatMap(([path, text]) => {
    if (path.endsWith(".map")) {
      const { sources = [], sourcesContent = [] } = JSON.parse(text);
      const isWhole = sources.every(
        (/** @type {string} */ _, /** @type {number} */ n) => typeof sourcesContent[n] === "string",
      );
      return isWhole ? [] : [`${path} is a map without its sources`];
    }
    const named = /^\/\/# sourceMappingURL=(?!data:)(?<map>\S+)\s*$/m.exec(text)?.groups?.map;
    const map = named === undefined ? undefined : posix.join(posix.dirname(path), named);
    return map === undefined || files.has(map) ? [] : [`${path} names ${map}, which is not there`];
  });
}

/** What a file imports is there, or is a dependency. Code that no entry leads to is weight without use. */
/** @param {Contents} archive */
function imports({ name, manifest, files }) {
  const known = [
    name,
    ...Object.keys({
      ...manifest.dependencies,
      ...manifest.peerDependencies,
      ...manifest.optionalDependencies,
    }),
  ];
  /** @type {string[]} */
  const complaints = [];
  /** @type {Set<string>} */
  const reached = new Set();
  const waiting = [...entriesOf(manifest), ...pageScripts(files)];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    const text = files.get(path);
    if (text === undefined) complaints.push(`${path} is used and not there`);
    if (text === undefined || !/\.(?:js|cjs|mjs|ts)$/.test(path)) continue;
    for (const specifier of importsOf(path, text)) {
      if (specifier.startsWith(".")) waiting.push(resolved(path, specifier));
      else if (isUnknown(specifier, known))
        complaints.push(`${path} imports ${specifier}, which is no dependency`);
    }
  }
  const unused = [...files].filter(
    ([path, text]) => /\.(?:js|cjs|mjs)$/.test(path) && !reached.has(path) && !TYPES_ALONE.test(text),
  );
  return [
    ...complaints,
    ...unused.map(
      ([path]) => `${path} is used by nothing; if an older build left it, remove dist and build again`,
    ),
  ];
}

/**
 * The files that users can name: of `exports`, and the commands.
 * @param {{ readonly exports?: unknown, readonly bin?: unknown }} manifest
 * @returns {string[]}
 */
function entriesOf({ exports, bin }) {
  return leavesOf([exports, bin]).map((path) => posix.normalize(path));
}

/**
 * @param {unknown} value
 * @returns {string[]}
 */
function leavesOf(value) {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leavesOf) : [];
}

/**
 * Types are imported by the name of their source or of their module.
 * @param {string} from
 * @param {string} specifier
 */
function resolved(from, specifier) {
  const path = posix.join(posix.dirname(from), specifier);
  return from.endsWith(".d.ts") ? path.replace(/(?:\.d)?\.(?:js|ts)$/, ".d.ts") : path;
}

/**
 * @param {string} specifier
 * @param {readonly string[]} known
 */
function isUnknown(specifier, known) {
  if (isBuiltin(specifier)) return false;
  const parts = specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1);
  return !known.includes(parts.join("/"));
}

/**
 * The scripts of the pages in an archive, which no module imports. A page names them below an address that its server
 * knows.
 * @param {ReadonlyMap<string, string>} files
 */
function pageScripts(files) {
  return [...files]
    .filter(([path]) => path.endsWith(".html"))
    .flatMap(([path, text]) =>
      [...text.matchAll(/<script [^>]*src="\{base\}\/([\w-]+\.js)"/g)].map(
        ([, name]) => `${path.slice(0, path.lastIndexOf("/"))}/${name}`,
      ),
    );
}
