/**
 * Two versions of a source text, both of the same length as the text, so that positions stay the same.
 * @typedef {object} ScannedSource
 * @property {string} code The text with comments and the insides of templates and regular expressions blanked; quoted strings stay.
 * @property {string} comments The text with everything but comments blanked.
 */

/** After one of these a slash begins a regular expression; after anything else it divides. */
const BEFORE_REGEX =
  /(?:^|[([{,;=:!&|?+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|void|await|yield))\s*$/;

/**
 * The tokens that can begin at a position; the first match wins. Templates are blanked, since no rule looks inside
 * them.
 */
const TOKENS = [
  { kind: "comment", pattern: /\/\/[^\n]*|\/\*[\s\S]*?\*\//y },
  { kind: "string", pattern: /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/y },
  { kind: "blank", pattern: /`(?:\\[\s\S]|[^`\\])*`/y },
  { kind: "regex", pattern: /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y },
];

/**
 * Separates code from comments without a parser. It is exact enough for formatted TypeScript. A template inside a
 * placeholder ends the outer template early: that hides code from the rules, but never adds any.
 * @param {string} text
 * @returns {ScannedSource}
 */
export function scanSource(text) {
  let code = "";
  let comments = "";
  let at = 0;
  while (at < text.length) {
    const token = tokenAt(text, at, code);
    const piece = token?.piece ?? text.charAt(at);
    const kind = token?.kind ?? "code";
    code += kind === "code" || kind === "string" ? piece : blank(piece);
    comments += kind === "comment" ? piece : blank(piece);
    at += piece.length;
  }
  return { code, comments };
}

/**
 * @param {string} text
 * @param {number} at
 * @param {string} before
 */
function tokenAt(text, at, before) {
  if (!"/\"'`".includes(text.charAt(at))) return undefined;
  for (const { kind, pattern } of TOKENS) {
    if (kind === "regex" && !BEFORE_REGEX.test(before.slice(-40))) continue;
    pattern.lastIndex = at;
    const piece = pattern.exec(text)?.[0];
    if (piece !== undefined) return { kind, piece };
  }
  return undefined;
}

/** @param {string} piece */
function blank(piece) {
  return piece.replace(/[^\n]/g, " ");
}
