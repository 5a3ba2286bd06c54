import { documents, readRepository } from "../rules/repository.mjs";
import { renewSnippets } from "../rules/snippets.mjs";
import { capabilitiesPage } from "./capabilities-page.mjs";
import { clausesPage } from "./clauses-page.mjs";
import { ROOT } from "./dist-module.mjs";
import { errorsPage } from "./errors-page.mjs";
import { renewProofs } from "./proof-column.mjs";
import { readRequirements, requirementsPage } from "./requirements-page.mjs";
import { listProofs } from "./test-proofs.mjs";

/** The page of faults. People write it; the script completes the column of tests. */
const FAULTS = "docs/faults.md";

/**
 * Every page that a script writes or completes, with its current text.
 * @returns {Promise<Map<string, string>>} Text by path.
 */
export async function currentPages() {
  const repository = readRepository(ROOT);
  const proofs = listProofs(repository);
  const pages = new Map([
    ["docs/requirements.md", requirementsPage(readRequirements(), proofs)],
    ["docs/errors.md", await errorsPage()],
    ["docs/brokers/capabilities.md", await capabilitiesPage()],
    ["docs/brokers/conformance.md", await clausesPage()],
  ]);
  for (const { path, text } of documents(repository)) {
    if (pages.has(path)) continue;
    const renewed = path === FAULTS ? renewProofs(text, proofs) : text;
    pages.set(path, renewSnippets(repository, renewed));
  }
  return pages;
}
