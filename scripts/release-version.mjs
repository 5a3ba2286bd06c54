// Turns the changesets into versions and changelogs. changesets write manifests in their own format, so they are
// formatted after that; the lockfile has versions of the workspace too.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));

run("node_modules/.bin/changeset", "version");
run("node_modules/.bin/biome", "format", "--write", ".");
run("npx", "-y", packageManager, "install", "--lockfile-only", "--ignore-scripts");

/**
 * @param {string} command
 * @param {...string} args
 */
function run(command, ...args) {
  execFileSync(command, args, { cwd: root, stdio: "inherit" });
}
