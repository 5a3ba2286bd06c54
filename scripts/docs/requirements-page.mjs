import { readFileSync } from "node:fs";
import { generatedNote } from "./generated-note.mjs";
import { describeProofs, inCell } from "./proof-column.mjs";

/**
 * One requirement, with its original text.
 * @typedef {object} Requirement
 * @property {string} id
 * @property {string} tag D: an ancestor documents it; L: a limit that it states; K: found in its code.
 * @property {string} text What the ancestor does, then an arrow, then what this system is to do.
 * @property {string} [here] Where this system differs from the text, and why.
 * @property {string} [untested] Why no test names it.
 */

/**
 * @typedef {object} Requirements
 * @property {readonly { readonly letter: string, readonly title: string }[]} groups
 * @property {readonly Requirement[]} items
 */

const INTRODUCTION = `# Requirements

Five older systems are the ancestors of this one: an ETL worker (E), simple-worker over SQS (W), a Go worker pattern over
Redis (P), a Conductor worker (C) and a Celery toolbox (T). Each item is quoted as it was set: what the ancestor does, then
\`->\`, then what this system is to do. \`[D]\`: the ancestor documents it. \`[L]\`: it names it as a limit, which is to be
overcome. \`[K]\`: it was found in its code. "Here" says where this system differs from the text, and why; empty means as
written. The last column is filled from the titles of tests, which name the items; \`npm run check\` fails when it is out of date.
`;

/** @returns {Requirements} */
export function readRequirements() {
  return JSON.parse(readFileSync(new URL("requirements.json", import.meta.url), "utf8"));
}

/**
 * The page of all items.
 * @param {Requirements} requirements
 * @param {readonly import("./test-proofs.mjs").Proof[]} proofs
 */
export function requirementsPage({ groups, items }, proofs) {
  const chapters = groups.map(({ letter, title }) => {
    const rows = items.filter(({ id }) => id.startsWith(letter)).map((item) => row(item, proofs));
    return `## ${letter}: ${title}\n\n| item | as it was set | here | proven by |\n|---|---|---|---|\n${rows.join("\n")}\n`;
  });
  return [generatedNote("scripts/docs/requirements.json"), INTRODUCTION, ...chapters].join("\n");
}

/**
 * @param {Requirement} item
 * @param {readonly import("./test-proofs.mjs").Proof[]} proofs
 */
function row({ id, tag, text, here = "", untested }, proofs) {
  const proof = describeProofs(id, proofs) ?? untested;
  if (proof === undefined) throw new Error(`${id}: no test names it; say why in "untested".`);
  return `| ${id} | [${tag}] ${inCell(text)} | ${inCell(here)} | ${proof} |`;
}
