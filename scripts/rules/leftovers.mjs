import { codeFiles, isTestFile } from "./repository.mjs";
import { scanSource } from "./scan-source.mjs";

const IN_COMMENTS = [
  { pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/, message: "left behind: finish it, or write an issue." },
  {
    pattern: /@ts-nocheck\b/,
    message: "hides type errors: use @ts-expect-error with a reason, in tests.",
  },
];

const IN_TESTS = [
  { pattern: /\.(?:todo|fails)\s*\(/, message: "a skipped test proves nothing." },
  { pattern: /\bretry:\s*[1-9]/, message: "a retried test hides a race." },
];

const STRINGS = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;

/** No unfinished work is committed. Biome finds `@ts-ignore`, and tests that are skipped or focused. */
/** @type {import("./repository.mjs").Rule} */
export function leftovers(repository) {
  return codeFiles(repository).flatMap(({ path, text }) => {
    const { code, comments } = scanSource(text);
    return [
      ...search(path, comments, IN_COMMENTS),
      ...(path.endsWith(".test.ts") && isTestFile(path)
        ? search(path, code.replace(STRINGS, '""'), IN_TESTS)
        : []),
    ];
  });
}

/**
 * @param {string} path
 * @param {string} text
 * @param {readonly { pattern: RegExp, message: string }[]} marks
 */
function search(path, text, marks) {
  return text
    .split("\n")
    .flatMap((content, index) =>
      marks
        .filter(({ pattern }) => pattern.test(content))
        .map(({ message }) => ({ path, line: index + 1, message })),
    );
}
