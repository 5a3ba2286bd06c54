// Checks the repository against its own rules: `node scripts/rules.mjs [group …]`. Without a group, all of them.
import { fileURLToPath } from "node:url";
import { RULES } from "./rules/all-rules.mjs";
import { readRepository } from "./rules/repository.mjs";

const groups = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(RULES);
const repository = readRepository(fileURLToPath(new URL("..", import.meta.url)));
const violations = groups.flatMap((group) =>
  (RULES[group] ?? unknownGroup(group)).flatMap((rule) => rule(repository)),
);

for (const { path, line, message } of violations) {
  const where = line === undefined ? path : `${path}:${line}`;
  console.log(`${where}: ${message}`);
}
process.exitCode = violations.length === 0 ? 0 : 1;

/**
 * @param {string} group
 * @returns {never}
 */
function unknownGroup(group) {
  console.error(`no group of rules is called "${group}". Known: ${Object.keys(RULES).join(", ")}.`);
  process.exit(2);
}
