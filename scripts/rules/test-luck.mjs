import { codeFiles, isTestFile } from "./repository.mjs";
import { scanSource } from "./scan-source.mjs";

const STRINGS = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;

/** Calls that try other values every time, unless they get a seed. */
const SEARCHES = /\b(?:fc\.(?:assert|check|sample)|runModel)\(/g;

/** A wait for a time instead of a signal: a timer that only resolves, or Node's timer as a promise. */
const TIMER_THAT_RESOLVES = /\bsetTimeout\(\s*(?:resolve|done)\b/;
const AWAITED_TIMER = /import\s*\{[^}]*\bsetTimeout as (\w+)[^}]*\}\s*from\s*"node:timers\/promises"/;

/** The end of a test that has a limit of its own, or its options; the suite's limit ends what hangs. */
const OWN_LIMIT = /^\s*\}, ([\d_]+)\);$|^\s*(?:it|test|describe)\b.*\{ timeout: ([\d_]+)/;

/** The limit of the suite in ms, see vitest.config.ts. What is only slow on a busy machine has to come through. */
const SUITE_LIMIT_MS = 60_000;

/**
 * A test does the same at every run: no randomness, fixed seeds in searches, and waits for signals. A comment on or
 * above a wait for a time says why no signal can be awaited.
 */
/** @type {import("./repository.mjs").Rule} */
export function testLuck(repository) {
  return codeFiles(repository)
    .filter(({ path }) => isTestFile(path))
    .flatMap(({ path, text }) => {
      const { code, comments } = scanSource(text);
      const bare = code.replace(STRINGS, (string) => " ".repeat(string.length));
      // The programs that tests start may wait for a time, as the work that they simulate.
      const waiting = path.endsWith(".ts") ? waits(path, text, { bare, comments }) : [];
      return [...lots(path, bare), ...searches(path, bare), ...limits(path, bare), ...waiting];
    });
}

/**
 * @param {string} path
 * @param {string} bare
 */
function lots(path, bare) {
  return bare
    .split("\n")
    .flatMap((line, index) =>
      /\bMath\.random\b/.test(line)
        ? [{ path, line: index + 1, message: "a test that draws lots: use seededRandom." }]
        : [],
    );
}

/**
 * @param {string} path
 * @param {string} bare
 */
function searches(path, bare) {
  return [...bare.matchAll(SEARCHES)]
    .filter(({ index, 0: call }) => {
      const given = argumentsAt(bare, index + call.length);
      // Options from another place cannot be checked here.
      return !/\bseed\b|^\w+\)/.test(given);
    })
    .map(({ index, 0: call }) => ({
      path,
      line: bare.slice(0, index).split("\n").length,
      message: `${call}…) without a seed tries other values every time.`,
    }));
}

/**
 * @param {string} path
 * @param {string} bare
 */
function limits(path, bare) {
  if (!path.endsWith(".test.ts")) return [];
  return bare.split("\n").flatMap((line, index) => {
    const [, ending, option] = OWN_LIMIT.exec(line) ?? [];
    const text = ending ?? option;
    if (text === undefined) return [];
    const limitMs = Number(text.replaceAll("_", ""));
    const flaw = limitMs < SUITE_LIMIT_MS ? "fails on a busy machine" : "says nothing";
    const message = `a limit of ${limitMs} ms ${flaw}: leave it out, the suite's is ${SUITE_LIMIT_MS} ms.`;
    return limitMs <= SUITE_LIMIT_MS ? [{ path, line: index + 1, message }] : [];
  });
}

/**
 * The text from `start` to the bracket that closes the one before `start`.
 * @param {string} bare
 * @param {number} start
 */
function argumentsAt(bare, start) {
  let depth = 1;
  let end = start;
  for (; end < bare.length && depth > 0; end++) {
    if (bare[end] === "(") depth++;
    else if (bare[end] === ")") depth--;
  }
  return bare.slice(start, end);
}

/**
 * @param {string} path
 * @param {string} text
 * @param {{ readonly bare: string, readonly comments: string }} scanned
 */
function waits(path, text, { bare, comments }) {
  const alias = AWAITED_TIMER.exec(text)?.[1];
  const awaited = alias === undefined ? undefined : new RegExp(`\\b${alias}\\(`);
  const remarks = comments.split("\n");
  return bare.split("\n").flatMap((line, index) => {
    const isWait = TIMER_THAT_RESOLVES.test(line) || awaited?.test(line) === true;
    const isExplained = [remarks[index], remarks[index - 1]].some((remark) => remark?.trim());
    return isWait && !isExplained
      ? [{ path, line: index + 1, message: "waits for a time: wait for a signal, or say why there is none." }]
      : [];
  });
}
