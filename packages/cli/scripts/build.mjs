// Bundles the command into dist/bundle: a start file, a file for each command, and one with the shared parts of oclif.
// CommonJS, because Node 20 loads it in half the time it takes for modules; starting reads two or three files. What the
// package exports becomes a module: a configuration file in code imports it.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { lazyBuiltins } from "../../../scripts/lazy-builtins.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const outdir = `${root}dist/bundle`;
const stampFile = `${outdir}/inputs.json`;

/** Everything else is loaded by it. */
const START = "bin.cjs";

/** Found where they are installed, and only when they are needed. */
const PACKAGES = ["@jobs/adapter-*", "@jobs/create", "@jobs/host", "cli-table3", "confbox", "jiti", "pino"];

/** Bundles unless nothing has changed since the last time. */
export async function bundleCli() {
  if (isCurrent()) return;
  const results = await buildAll();
  const { sharedImports } = await import("./shared-imports.mjs");
  const outputs = results.flatMap(({ outputFiles }) => outputFiles);
  replaceFiles(
    outputs.map(({ path, contents, text }) => {
      const isStarted = path.endsWith(".cjs") && basename(path) !== START;
      return { path, contents: isStarted ? sharedImports(text) : contents };
    }),
  );
  const sources = results.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const scripts = [
    ...readdirSync(`${root}scripts`).map((name) => `scripts/${name}`),
    "../../scripts/lazy-builtins.mjs",
    "../../scripts/lazy-requires.mjs",
  ];
  const files = [...new Set([...sources, ...scripts, "package.json"])].filter((file) => !file.includes(":"));
  writeFileSync(stampFile, JSON.stringify({ files, stamp: stampOf(files) }));
}

/** The bundles, not yet written. */
async function buildAll() {
  const [{ build }, plugins] = await Promise.all([import("esbuild"), import("./bundle-plugins.mjs")]);
  const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
  /** @type {import("esbuild").BuildOptions & { metafile: true, write: false }} */
  const shared = {
    absWorkingDir: root,
    outdir,
    bundle: true,
    platform: "node",
    target: "node20",
    metafile: true,
    write: false,
    logLevel: "warning",
  };
  /** @type {typeof shared} */
  const common = {
    ...shared,
    outExtension: { ".js": ".cjs" },
    format: "cjs",
    conditions: ["@jobs/source"],
    external: PACKAGES,
    // jiti is told by it where packages are looked for, and takes a path as well.
    define: {
      JOBS_VERSION: JSON.stringify(version),
      "import.meta.url": "__filename",
      "import.meta.dirname": "__dirname",
    },
    minifySyntax: true,
  };
  return Promise.all([
    build({
      ...common,
      entryPoints: [{ in: "src/base/oclif.ts", out: "oclif" }],
      minifyWhitespace: true,
      plugins: [plugins.lazyOclif],
    }),
    build({
      ...common,
      entryPoints: [
        { in: "src/bin.ts", out: "bin" },
        { in: "src/help/command-help.ts", out: "command-help" },
        { in: "src/complete/complete.ts", out: "complete" },
        ...commands(),
      ],
      plugins: [
        plugins.sharedOclif,
        plugins.lazyOclif,
        plugins.wholeCoreOutside,
        plugins.requiredBundles,
        lazyBuiltins,
      ],
    }),
    build({
      ...shared,
      entryPoints: ["src/index.ts"],
      format: "esm",
      splitting: true,
      chunkNames: "[name]-[hash]",
      external: [...PACKAGES, "@jobs/core"],
      sourcemap: true,
    }),
  ]);
}

/**
 * Each file at once, so that a command that starts meanwhile finds the old one or the new one.
 * @param {readonly { readonly path: string, readonly contents: string | Uint8Array }[]} outputs
 */
function replaceFiles(outputs) {
  mkdirSync(outdir, { recursive: true });
  for (const { path, contents } of outputs) {
    const half = `${path}.${process.pid}`;
    writeFileSync(half, contents);
    renameSync(half, path);
  }
  const current = new Set(outputs.map(({ path }) => basename(path)));
  const stale = readdirSync(outdir).filter((name) => name !== basename(stampFile) && !current.has(name));
  for (const name of stale) rmSync(`${outdir}/${name}`);
}

/** `commands/dlq/list.ts` becomes `dlq-list.cjs`. */
function commands() {
  return readdirSync(`${root}src/commands`, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => ({ in: `src/commands/${name}`, out: name.replace(/\.ts$/, "").replace(/[\\/]/g, "-") }));
}

function isCurrent() {
  try {
    const { files, stamp } = JSON.parse(readFileSync(stampFile, "utf8"));
    return stampOf(files) === stamp;
  } catch {
    return false;
  }
}

/**
 * Times and sizes show a change without reading a file. A missing file throws, which counts as a change.
 * @param {readonly string[]} files
 */
function stampOf(files) {
  const hash = createHash("sha256").update(process.version);
  for (const file of files) {
    const { mtimeMs, size } = statSync(`${root}${file}`);
    hash.update(`${file}:${mtimeMs}:${size}\n`);
  }
  return hash.digest("hex");
}
