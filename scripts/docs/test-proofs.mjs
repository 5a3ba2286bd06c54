import { codeFiles } from "../rules/repository.mjs";

/**
 * A test whose title ends with the id of what it proves: `it("a stale ack … [W15]")`, several as `"… [E3 E4]"`.
 * @typedef {object} Proof
 * @property {string} id
 * @property {string} path
 * @property {string} title Without the ids.
 */

const TITLE =
  /\(\s*(["'`])(?<title>(?:\\.|(?!\1)[^\\\n])+) \[(?<ids>[EWPCTFO]\d[\dA]?(?: [EWPCTFO]\d[\dA]?)*)\]\1/g;

/** Conformance clauses have their own ids, which look similar; their `source` names the requirement. */
const CLAUSE = /rule:\s*"(?<title>[^"]+)",\s*source:\s*"(?<source>[^"]*)"/g;
const CLAUSES = /^packages\/broker-conformance\/src\/clauses\//;
const KIT = /^packages\/broker-conformance\//;
const TESTS_OF_THE_SYSTEM = /^(?:(?:packages|examples|benchmarks|chaos)\/.*|scripts\/test\/setup)\.test\.ts$/;

/**
 * Every proof in the tests of the repository, in order of paths and lines.
 * @param {import("../rules/repository.mjs").Repository} repository
 * @returns {Proof[]}
 */
export function listProofs(repository) {
  return [...codeFiles(repository)]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .flatMap(({ path, text }) => {
      if (CLAUSES.test(path)) return proofs(path, text, CLAUSE, "source");
      return TESTS_OF_THE_SYSTEM.test(path) && !KIT.test(path) ? proofs(path, text, TITLE, "ids") : [];
    });
}

/**
 * @param {string} path
 * @param {string} text
 * @param {RegExp} pattern
 * @param {string} group
 */
function proofs(path, text, pattern, group) {
  return [...text.matchAll(pattern)].flatMap(({ groups = {} }) => {
    const ids = (groups[group] ?? "").match(/\b[EWPCTFO]\d[\dA]?\b/g) ?? [];
    return ids.map((id) => ({ id, path, title: (groups.title ?? "").trim() }));
  });
}
