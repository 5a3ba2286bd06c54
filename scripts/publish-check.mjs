// Packs every package as the release does, and lints the archives. `--keep` leaves the archives in .tmp/packs.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = `${root}.tmp/packs`;

/** Must not be in a package: build state, tests, and sources that the exports hide. */
const UNWANTED = /\.tsbuildinfo|\.test\.|\.test-d\./;

packAll();
const complaints = await Promise.all(readdirSync(folder).map((name) => lint(name)));
for (const complaint of complaints.flat()) console.log(complaint);
process.exitCode = complaints.flat().length === 0 ? 0 : 1;
if (!process.argv.includes("--keep")) rmSync(folder, { recursive: true });

/** Packs with pnpm: only pnpm replaces `workspace:` with versions and applies `publishConfig.exports`. */
function packAll() {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
  const pack = ["-r", "--filter", "./packages/*", "pack", "--pack-destination", folder];
  execFileSync("npx", ["-y", packageManager, ...pack], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
}

/** @param {string} name */
async function lint(name) {
  const archive = readFileSync(`${folder}/${name}`);
  const tarball = archive.buffer.slice(archive.byteOffset, archive.byteOffset + archive.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  const contents = execFileSync("tar", ["-tzf", `${folder}/${name}`], { encoding: "utf8" })
    .trim()
    .split("\n");
  return [
    ...messages.map((message) => `${name}: ${formatMessage(message, pkg, { color: false }) ?? message.code}`),
    ...contents.filter((path) => UNWANTED.test(path)).map((path) => `${name}: contains ${path}`),
    ...(JSON.stringify(pkg).includes("workspace:") ? [`${name}: names a workspace version`] : []),
    ...(JSON.stringify(pkg.exports).includes("@jobs/source") ? [`${name}: exports sources`] : []),
  ];
}
