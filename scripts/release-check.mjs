// What a release would do, without doing it: which versions the changesets lead to, and whether all packages can be
// published. `--since <ref>` says what the changes are compared with; default `main`.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { complaintsAboutPlan } from "./publish/release-plan.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const PLAN = ".tmp/release-plan.json";
const [flag, since = "main"] = process.argv.slice(2);
if (flag !== undefined && flag !== "--since") {
  console.error(`release-check does not know ${JSON.stringify(flag)}; it takes --since <ref> or nothing.`);
  process.exit(2);
}

mkdirSync(`${root}.tmp`, { recursive: true });
run("node_modules/.bin/changeset", "status", `--since=${since}`, `--output=${PLAN}`);
const complaints = complaintsAboutPlan(JSON.parse(readFileSync(`${root}${PLAN}`, "utf8")));
for (const complaint of complaints) console.log(complaint);
if (complaints.length > 0) process.exit(1);

const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
const packages = ["-r", "--filter", "./packages/*"];
run("npx", "-y", packageManager, ...packages, "publish", "--dry-run", "--no-git-checks");

/**
 * @param {string} command
 * @param {...string} args
 */
function run(command, ...args) {
  execFileSync(command, args, { cwd: root, stdio: "inherit" });
}
