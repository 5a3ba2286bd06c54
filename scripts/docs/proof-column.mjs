/**
 * A row of docs/faults.md: `| F15 | what it is here | proven by |`. People write the first two cells, this script the
 * last. Where no test names the item, the last cell stays, so that it can say what is planned.
 */
const ROW = /^\| (?<id>[EWPCTF]\d[\dA]?) \| (?<meaning>.+?) \| (?<proof>.*) \|$/gm;

const OPEN = "open";

/** More would make the row too long; a search for the id finds all tests. */
const SHOWN_PROOFS = 2;

/**
 * The page with its last column made anew.
 * @param {string} page
 * @param {readonly import("./test-proofs.mjs").Proof[]} proofs
 */
export function renewProofs(page, proofs) {
  return page.replace(ROW, (...match) => {
    const { id, meaning, proof } = match.at(-1);
    return `| ${id} | ${meaning} | ${describeProofs(id, proofs) ?? stillOpen(proof)} |`;
  });
}

/**
 * The tests that name an item, the first few with their titles; `undefined` without any.
 * @param {string} id
 * @param {readonly import("./test-proofs.mjs").Proof[]} proofs
 */
export function describeProofs(id, proofs) {
  const found = proofs.filter((candidate) => candidate.id === id);
  if (found.length === 0) return undefined;
  const shown = found.slice(0, SHOWN_PROOFS).map(({ path, title }) => {
    const name = path.split("/").at(-1);
    return `[${name}](../${path}): ${inCell(title.replace(/\\(.)/g, "$1"))}`;
  });
  const more = found.length - shown.length;
  return shown.join("<br>") + (more > 0 ? `<br>and ${more} more` : "");
}

/**
 * Escapes text for a cell of a table.
 * @param {string} text
 */
export function inCell(text) {
  return text.replaceAll("|", "\\|");
}

/** @param {string} proof */
function stillOpen(proof) {
  return proof.startsWith(OPEN) ? proof : OPEN;
}
