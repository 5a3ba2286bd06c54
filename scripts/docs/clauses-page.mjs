import { distModule } from "./dist-module.mjs";
import { generatedNote } from "./generated-note.mjs";

const SOURCE = "packages/broker-conformance/src/clauses";

/** docs/brokers/conformance.md: every rule that a broker has to follow. */
export async function clausesPage() {
  const { listChapters } = await distModule("broker-conformance");
  return renderClauses(listChapters());
}

/**
 * @typedef {{
 *   readonly id: string, readonly rule: string, readonly source: string,
 *   readonly unless?: { readonly capability: string, readonly rule: string },
 * }} Clause
 * @param {readonly { readonly letter: string, readonly title: string, readonly clauses: readonly Clause[] }[]} chapters
 */
export function renderClauses(chapters) {
  const count = chapters.reduce((sum, { clauses }) => sum + clauses.length, 0);
  const tables = chapters.map(({ letter, title, clauses }) =>
    [
      `## ${letter}: ${title}`,
      "",
      "| clause | rule | without the capability | about |",
      "|---|---|---|---|",
      ...clauses.map(renderClause),
    ].join("\n"),
  );
  return `${[generatedNote(SOURCE), introduction(count), ...tables].join("\n\n")}\n`;
}

/** @param {number} count */
function introduction(count) {
  return `# What every broker must keep

\`@jobs/broker-conformance\` holds a broker against these ${count} clauses and against a model of a queue. A clause also
applies when the broker does not declare its capability: then the broker must do what the third column says. Call
\`describeBroker\` in a test of your adapter; see [what each broker can do](capabilities.md).`;
}

/**
 * The source of a clause also names requirements. Those are left to the page of requirements.
 * @param {Clause} clause
 */
function renderClause({ id, rule, source, unless }) {
  const about = source.split(", ").filter((part) => !part.startsWith("requirement "));
  const otherwise = unless === undefined ? "" : `\`${unless.capability}\`: ${unless.rule}`;
  return `| ${[id, rule, otherwise, about.join(", ")].map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
}
