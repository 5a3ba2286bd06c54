import { codeFiles, isTestFile } from "./repository.mjs";

/** A file of this length gets a warning: it may do more than one thing. */
const RETHINK_LINES = 200;

const MAX_LINES = 300;

/** Test files may be longer, since each test is read alone. The conformance kit consists of tests. */
const MAX_TEST_LINES = 400;

/** No file is too long to be read at once. */
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
