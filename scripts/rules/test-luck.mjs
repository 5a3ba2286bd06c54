import { codeFiles, isTestFile } from "./repository.mjs";
import { scanSource } from "./scan-source.mjs";

const STRINGS = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;

/** Calls that try other values every time unless they are told a seed. */
const SEARCHES = /\b(?:fc\.(?:assert|check|sample)|runModel)\(/g;

/** A wait for a time instead of a signal, as far as a line shows it: a timer that only resolves, or Node's awaited one. */
const TIMER_THAT_RESOLVES = /\bsetTimeout\(\s*(?:resolve|done)\b/;
const AWAITED_TIMER = /import\s*\{[^}]*\bsetTimeout as (\w+)[^}]*\}\s*from\s*"node:timers\/promises"/;

/**
 * A test does the same for everyone, every time: it draws no lots, searches with a fixed seed, and waits for a signal. A
 * wait for a time says why nothing can be waited for instead, in a comment on its line or right above.
 */
/** @type {import("./repository.mjs").Rule} */
export function testLuck(repository) {
  return codeFiles(repository)
    .filter(({ path }) => isTestFile(path))
    .flatMap(({ path, text }) => {
      const { code, comments } = scanSource(text);
      const bare = code.replace(STRINGS, (string) => " ".repeat(string.length));
      // The programs that tests start have work to do, which takes its time.
      const waiting = path.endsWith(".ts") ? waits(path, text, { bare, comments }) : [];
      return [...lots(path, bare), ...searches(path, bare), ...waiting];
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
      // Options that come from elsewhere cannot be judged here.
      return !/\bseed\b|^\w+\)/.test(given);
    })
    .map(({ index, 0: call }) => ({
      path,
      line: bare.slice(0, index).split("\n").length,
      message: `${call}…) without a seed tries other values every time.`,
    }));
}

/**
 * What stands between a bracket that was opened before `start` and the one that closes it.
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
