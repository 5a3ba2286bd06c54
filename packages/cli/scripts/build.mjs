// Bundles the command into dist/bundle, one file per command and what they share, so that starting it reads few files.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const outdir = `${root}dist/bundle`;
const stampFile = `${outdir}/inputs.json`;

/** What esbuild cannot know of in a module of the other kind: CommonJS inside uses these three. */
const BANNER = [
  'import { createRequire as createRequireForBundle } from "node:module";',
  'import { fileURLToPath as pathForBundle } from "node:url";',
  'import { dirname as folderForBundle } from "node:path";',
  "const require = createRequireForBundle(import.meta.url);",
  "const __filename = pathForBundle(import.meta.url);",
  "const __dirname = folderForBundle(__filename);",
].join("");

/** Bundles unless nothing has changed since the last time. */
export async function bundleCli() {
  if (isCurrent()) return;
  const [{ build }, { trimOclif }] = await Promise.all([import("esbuild"), import("./trim-oclif.mjs")]);
  const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["src/bin.ts"],
    outdir,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@jobs/source"],
    // Adapters and loaders are found where they are installed, and only when they are needed.
    external: ["@jobs/adapter-*", "jiti", "pino", "pino-pretty"],
    define: { JOBS_VERSION: JSON.stringify(version) },
    minifySyntax: true,
    banner: { js: BANNER },
    plugins: [trimOclif],
    metafile: true,
    logLevel: "warning",
  });
  const inputs = [
    ...Object.keys(metafile.inputs),
    "scripts/build.mjs",
    "scripts/trim-oclif.mjs",
    "package.json",
  ];
  const files = inputs.filter((input) => !input.includes(":"));
  writeFileSync(stampFile, JSON.stringify({ files, stamp: stampOf(files) }));
}

function isCurrent() {
  try {
    const { files, stamp } = JSON.parse(readFileSync(stampFile, "utf8"));
    return stampOf(files) === stamp;
  } catch {
    return false;
  }
}

/** Times and sizes tell a change without reading a file; a file that is gone fails, and so counts as one. */
function stampOf(files) {
  const hash = createHash("sha256").update(process.version);
  for (const file of files) {
    const { mtimeMs, size } = statSync(`${root}${file}`);
    hash.update(`${file}:${mtimeMs}:${size}\n`);
  }
  return hash.digest("hex");
}
