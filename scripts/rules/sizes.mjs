import { codeFiles, isTestFile } from "./repository.mjs";

/** From here on a file is worth another thought about what it is one of. */
const RETHINK_LINES = 200;

const MAX_LINES = 300;

/** Tests are read one at a time. The conformance kit is made of tests. */
const MAX_TEST_LINES = 400;

/** A file is as long as one thought. */
/** @type {import("./repository.mjs").Rule} */
export function sizes(repository) {
  return codeFiles(repository).flatMap(({ path, text }) => {
    const lines = text.trimEnd().split("\n").length;
    const isTest = isTestFile(path) || path.startsWith("packages/broker-conformance/src/");
    const max = isTest ? MAX_TEST_LINES : MAX_LINES;
    if (lines > max) return [{ path, message: `${lines} lines, at most ${max}: cut it in two.` }];
    if (isTest || lines <= RETHINK_LINES) return [];
    return [{ path, message: `${lines} lines: is this still one concept?`, isWarning: true }];
  });
}
