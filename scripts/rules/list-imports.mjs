import { scanSource } from "./scan-source.mjs";

/**
 * One import or re-export of a source file.
 * @typedef {object} Import
 * @property {string} specifier What is imported, as written.
 * @property {number} line Counted from 1.
 * @property {boolean} isDynamic Written as `import("…")`, so it loads only when the code runs.
 * @property {boolean} isTypeOnly The compiler removes it.
 */

const STATEMENT =
  /^(?:import\s*(?=["'])|(?:import|export)(?<type>\s+type\b)?\s*[\w*{][\w\s,*{}$]*?\bfrom\s*)(?<quoted>"[^"\n]+"|'[^'\n]+')/gm;
const CALL = /(?<lead>\btypeof\s+|[:<|&]\s*)?\bimport\(\s*(?<quoted>"[^"\n]+"|'[^'\n]+')\s*[,)]/g;

/**
 * Every import of a TypeScript or JavaScript text, in order of lines. It finds statements at the start of a line, where
 * the formatter puts them.
 * @param {string} text
 * @returns {Import[]}
 */
export function listImports(text) {
  const { code } = scanSource(text);
  const statements = [...code.matchAll(STATEMENT)].map((match) => ({
    ...place(code, match),
    isDynamic: false,
    isTypeOnly: match.groups?.type !== undefined,
  }));
  const calls = [...code.matchAll(CALL)].map((match) => {
    const isTypeOnly = match.groups?.lead !== undefined;
    return { ...place(code, match), isDynamic: !isTypeOnly, isTypeOnly };
  });
  return [...statements, ...calls].sort((a, b) => a.line - b.line);
}

/**
 * @param {string} code
 * @param {RegExpExecArray} match
 */
function place(code, match) {
  const quoted = match.groups?.quoted ?? "";
  return { specifier: quoted.slice(1, -1), line: code.slice(0, match.index).split("\n").length };
}
