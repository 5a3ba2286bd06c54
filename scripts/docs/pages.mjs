import { documents, readRepository } from "../rules/repository.mjs";
import { renewSnippets } from "../rules/snippets.mjs";
import { capabilitiesPage } from "./capabilities-page.mjs";
import { clausesPage } from "./clauses-page.mjs";
import { ROOT } from "./dist-module.mjs";
import { errorsPage } from "./errors-page.mjs";
import { renewRequirements } from "./requirements-page.mjs";
import { listProofs } from "./test-proofs.mjs";

/** Pages with a row for each number that titles of tests name. */
const TRACED = new Set(["docs/requirements.md", "docs/faults.md"]);

/**
 * Every page that a script writes or completes, as it should be now.
 * @returns {Promise<Map<string, string>>} Text by path.
 */
export async function currentPages() {
  const repository = readRepository(ROOT);
  const pages = new Map([
    ["docs/errors.md", await errorsPage()],
    ["docs/brokers/capabilities.md", await capabilitiesPage()],
    ["docs/brokers/conformance.md", await clausesPage()],
  ]);
  for (const { path, text } of documents(repository)) {
    if (pages.has(path)) continue;
    const renewed = TRACED.has(path) ? renewRequirements(text, listProofs(repository)) : text;
    pages.set(path, renewSnippets(repository, renewed));
  }
  return pages;
}
