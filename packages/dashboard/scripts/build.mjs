// Bundles the page into dist/page: one script, one sheet of styles, the document and its icon.
import { copyFileSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const outdir = `${root}dist/page`;

/** Bundles the page of the dashboard. Takes a few hundredths of a second, so it does so each time. */
export async function bundlePage() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [{ in: "src/page/page.tsx", out: "page" }],
    outdir,
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    target: ["es2022"],
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    logLevel: "warning",
  });
  mkdirSync(outdir, { recursive: true });
  for (const { path, contents } of outputFiles) replaceFile(`${outdir}/${basename(path)}`, contents);
  for (const name of ["index.html", "icon.svg"]) copyFileSync(`${root}src/page/${name}`, `${outdir}/${name}`);
}

/**
 * At once, so that a server that reads meanwhile finds the old one or the new one.
 * @param {string} path
 * @param {Uint8Array} contents
 */
function replaceFile(path, contents) {
  writeFileSync(`${path}.${process.pid}`, contents);
  renameSync(`${path}.${process.pid}`, path);
}
