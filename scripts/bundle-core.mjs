// Bundles core: one file with what every process uses, and a file for each part that is loaded at its first use. Each
// module is in one file only, so its classes and its state exist once.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, resolve } from "node:path";

/** What every process loads. */
const SHARED = "./all.js";

/** Stands before the path of a module of the shared file, while the parts are bundled. */
const SCHEME = "shared:";

/** What a part takes from such a module, in the text that esbuild writes. */
const TAKEN = /import\s*\{(?<names>[^}]*)\}\s*from\s*"shared:(?<module>[^"]*)"/g;

/** What only keeps the order in which modules run. None of core does anything when it runs, and bundlers warn of it. */
const FOR_NOTHING = /^import "[^"]*";$/gm;

/** @typedef {typeof import("esbuild").build} Build */
/** @typedef {import("esbuild").BuildOptions & { readonly absWorkingDir: string }} Options */
/** @typedef {ReadonlyMap<string, ReadonlyMap<string, string>>} SharedNames by module: what it exports, and its name in the shared file */

/**
 * All entries of core import the shared file, which is loaded once. Each entry exports its own names from it.
 * @param {Build} build
 * @param {Options} common
 */
export async function bundleCore(build, common) {
  const { absWorkingDir } = common;
  const outdir = `${absWorkingDir}/dist/bundle`;
  const folder = `${absWorkingDir}/src/entries`;
  const entries = [
    `${absWorkingDir}/src/index.ts`,
    ...readdirSync(folder).map((name) => `${folder}/${name}`),
  ];
  const published = entries.map((entry) => `export * from ${JSON.stringify(entry)};`);
  const { modules, parts } = await explore(build, common, published);
  const names = await exportedNames(build, absWorkingDir, [...modules, ...entries]);
  const shared = sharedNames(modules, names);
  const { files, taken } = await bundleParts(build, { ...common, outdir }, { parts, shared });
  const { outputFiles } = await buildShared(build, common, [...published, ...exportsOf(taken, shared)]);
  replaceFiles(outdir, [
    ...outputFiles,
    ...files,
    ...entries.map((entry) => ({
      path: basename(entry).replace(/\.ts$/, ".js"),
      contents: `export { ${names.get(entry)?.join(", ")} } from "${SHARED}";\n`,
    })),
  ]);
}

/**
 * The modules of the shared file, and those that it imports when they are first used.
 * @param {Build} build
 * @param {Options} common
 * @param {readonly string[]} lines
 */
async function explore(build, common, lines) {
  /** @type {Set<string>} */
  const parts = new Set();
  const { metafile } = await buildShared(build, common, lines, (part) => parts.add(part));
  const modules = Object.keys(metafile.inputs).filter((path) => path.startsWith("src/"));
  return { parts: [...parts], modules: modules.map((path) => resolve(common.absWorkingDir, path)) };
}

/**
 * @param {Build} build
 * @param {Options} common
 * @param {readonly string[]} lines
 * @param {(path: string) => void} [onPart]
 */
function buildShared(build, common, lines, onPart = () => {}) {
  const { absWorkingDir, plugins = [] } = common;
  return build({
    ...common,
    stdin: { contents: lines.join("\n"), resolveDir: absWorkingDir, sourcefile: "all.ts" },
    outfile: `${absWorkingDir}/dist/bundle/${SHARED}`,
    plugins: [partsOutside(onPart), ...plugins],
    write: false,
    metafile: true,
  });
}

/**
 * What is imported by `import()` is a file beside the bundle.
 * @param {(path: string) => void} onPart
 * @returns {import("esbuild").Plugin}
 */
function partsOutside(onPart) {
  return {
    name: "parts-outside",
    setup(build) {
      build.onResolve({ filter: /^\./ }, ({ path, kind, resolveDir }) => {
        if (kind !== "dynamic-import") return undefined;
        onPart(resolve(resolveDir, path));
        return { path: `./${basename(path, ".ts")}.js`, external: true };
      });
    },
  };
}

/**
 * The names that modules export, by path.
 * @param {Build} build
 * @param {string} absWorkingDir
 * @param {readonly string[]} modules
 * @returns {Promise<ReadonlyMap<string, readonly string[]>>}
 */
async function exportedNames(build, absWorkingDir, modules) {
  // They write out their names, so nothing has to be bundled to know them.
  const options = { entryPoints: [...new Set(modules)], outdir: "names", write: false, metafile: true };
  const { metafile } = await build({ absWorkingDir, ...options });
  return new Map(
    Object.values(metafile?.outputs ?? {}).flatMap(({ entryPoint, exports }) =>
      entryPoint === undefined ? [] : [[resolve(absWorkingDir, entryPoint), exports]],
    ),
  );
}

/**
 * A name that two modules export gets a number.
 * @param {readonly string[]} modules
 * @param {ReadonlyMap<string, readonly string[]>} names
 * @returns {SharedNames}
 */
function sharedNames(modules, names) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  const own = modules.map((module) => /** @type {const} */ ([module, names.get(module) ?? []]));
  for (const name of own.flatMap(([, exported]) => exported)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map(
    own.map(([module, exported], at) => [
      module,
      new Map(exported.map((name) => [name, counts.get(name) === 1 ? name : `${name}_${at}`])),
    ]),
  );
}

/**
 * The files of the parts, and what they take from the shared file.
 * @param {Build} build
 * @param {Options} common
 * @param {{ readonly parts: readonly string[], readonly shared: SharedNames }} given
 */
async function bundleParts(build, { plugins = [], ...common }, { parts, shared }) {
  const onPart = (/** @type {string} */ path) => {
    if (!parts.includes(path)) throw new Error(`${path} is imported dynamically only by a part of core.`);
  };
  const { outputFiles } = await build({
    ...common,
    entryPoints: [...parts],
    entryNames: "[name]",
    chunkNames: "part-[hash]",
    splitting: true,
    plugins: [partsOutside(onPart), sharedOutside(shared), ...plugins],
    write: false,
  });
  /** @type {Set<string>} */
  const taken = new Set();
  const files = outputFiles.map(({ path, text }) => ({
    path,
    contents: takeFromShared(text, shared, taken),
  }));
  return { files, taken };
}

/**
 * Modules of the shared file are left out.
 * @param {SharedNames} shared
 * @returns {import("esbuild").Plugin}
 */
function sharedOutside(shared) {
  return {
    name: "shared-outside",
    setup(build) {
      build.onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
        const module = resolve(resolveDir, path);
        return shared.has(module)
          ? { path: `${SCHEME}${module}`, external: true, sideEffects: false }
          : undefined;
      });
    },
  };
}

/**
 * The text of a part that takes from the shared file what it took from its modules. Lines stay where they are.
 * @param {string} text
 * @param {SharedNames} shared
 * @param {Set<string>} taken
 */
function takeFromShared(text, shared, taken) {
  return text.replace(FOR_NOTHING, "").replace(TAKEN, (...match) => {
    /** @type {{ readonly names: string, readonly module: string }} */
    const { names, module } = match.at(-1);
    const renamed = names.replace(/(?<name>[\w$]+)(?: as (?<local>[\w$]+))?/g, (_, name, local = name) => {
      const alias = shared.get(module)?.get(name);
      if (alias === undefined) throw new Error(`${module} exports no ${name}.`);
      taken.add(alias);
      return `${alias} as ${local}`;
    });
    return `import {${renamed}} from "${SHARED}"`;
  });
}

/**
 * The lines by which the shared file exports what parts take from it.
 * @param {ReadonlySet<string>} taken
 * @param {SharedNames} shared
 */
function exportsOf(taken, shared) {
  return [...shared].flatMap(([module, names]) =>
    [...names]
      .filter(([, alias]) => taken.has(alias))
      .map(([name, alias]) => `export { ${name} as ${alias} } from ${JSON.stringify(module)};`),
  );
}

/**
 * @param {string} outdir
 * @param {readonly { readonly path: string, readonly contents: string | Uint8Array }[]} files
 */
function replaceFiles(outdir, files) {
  mkdirSync(outdir, { recursive: true });
  for (const { path, contents } of files) writeFileSync(`${outdir}/${basename(path)}`, contents);
  const current = new Set(files.map(({ path }) => basename(path)));
  for (const name of readdirSync(outdir)) if (!current.has(name)) rmSync(`${outdir}/${name}`);
}
