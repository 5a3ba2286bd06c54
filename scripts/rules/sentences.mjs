import { codeFiles, documents, withoutFences } from "./repository.mjs";
import { scanSource } from "./scan-source.mjs";

/** The most words in a sentence, for a reader whose second language is English. */
const MAX_WORDS = 20;

/** One sentence in this many may be longer. */
const ONE_IN = 20;

/** The most words in any sentence. */
const MOST_WORDS = 30;

/** Texts of others, titles of tests, and release notes. */
const NOT_OURS = /(?:^|\/)(?:CHANGELOG|CODE_OF_CONDUCT)\.md$|^docs\/requirements\.md$|^\.changeset\//;

const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });

/**
 * Sentences are short: of the documentation, and of comments, at most one in twenty has more than 20 words.
 * While the share is higher, every long sentence is named. One of more than 30 words is always named.
 */
/** @type {import("./repository.mjs").Rule} */
export function sentences(repository) {
  const pages = documents(repository).filter(({ path }) => !NOT_OURS.test(path));
  const comments = codeFiles(repository).map(({ path, text }) => ({ path, text: proseOfComments(text) }));
  return [...tooLong(pages), ...tooLong(comments)];
}

/**
 * @param {readonly import("./repository.mjs").RepositoryFile[]} files
 * @returns {import("./repository.mjs").Violation[]}
 */
function tooLong(files) {
  const all = files.flatMap(({ path, text }) => sentencesOf(text).map((sentence) => ({ path, ...sentence })));
  const long = all.filter(({ words }) => words > MAX_WORDS);
  const most = long.length * ONE_IN > all.length ? MAX_WORDS : MOST_WORDS;
  return long
    .filter(({ words }) => words > most)
    .map(({ path, line, words, text }) => ({
      path,
      line,
      message: `${words} words in a sentence, at most ${most}: "${text.slice(0, 60)}…"`,
    }));
}

/**
 * The comments of a source file as a page with the same lines. A tag begins a list item, since it begins a sentence.
 * @param {string} source
 */
function proseOfComments(source) {
  return scanSource(source)
    .comments.split("\n")
    .map((line) =>
      line
        .replace(/^\s*(?:\/\*\*?|\*(?!\/)|\/\/)\s?|\s*\*\/\s*$/g, "")
        .replace(
          /^\s*@(?:param|property|returns|type|typedef|callback)\b(?:\s*\{.*\})?(?:\s+[[\w.\]]+)?/,
          "- ",
        )
        .replace(/^\s*@\w+/, "- ")
        .replace(/\{@link ([^}]*)\}/g, "`$1`")
        .replace(/(?<=[.!?] )@throws/g, "Throws"),
    )
    .join("\n");
}

/**
 * The sentences of a page with the line each begins on. Code, headings and comments are no sentences.
 * @param {string} page
 */
function sentencesOf(page) {
  const prose = withoutFences(page).replace(/<!--[\s\S]*?-->/g, (comment) => comment.replace(/[^\n]/g, ""));
  return [...paragraphsOf(prose), ...cellsOf(prose)].flatMap(({ line, text }) =>
    [...segmenter.segment(plainOf(text))]
      .map(({ segment, index }) => ({
        line: line + (text.slice(0, index).match(/\n/g)?.length ?? 0),
        text: text
          .slice(index, index + segment.length)
          .trim()
          .replace(/\s+/g, " "),
      }))
      .map((sentence) => ({ ...sentence, words: wordsOf(sentence.text) }))
      .filter(({ words }) => words > 1),
  );
}

/**
 * The same text, at the same length, with each piece of code as a capitalised word, and each link after a full stop
 * with a capital letter. Otherwise a sentence could begin with neither.
 * @param {string} text
 */
function plainOf(text) {
  return text
    .replaceAll("\n", " ")
    .replace(/`[^`]*`/g, (code) => `C${"o".repeat(code.length - 1)}`)
    .replace(/(?<=[.!?] )\[[a-z]/g, (start) => start.toUpperCase());
}

/** @param {string} prose */
function paragraphsOf(prose) {
  /** @type {{ line: number, text: string }[]} */
  const paragraphs = [];
  let isOpen = false;
  for (const [index, content] of prose.split("\n").entries()) {
    const isProse = content.trim() !== "" && !/^\s*(?:[#|>]|---)/.test(content);
    const isItem = /^\s*(?:[-*]|\d+\.)\s/.test(content);
    const text = content.replace(/^\s*(?:[-*]|\d+\.)\s+/, "");
    const last = paragraphs.at(-1);
    if (isProse && isOpen && !isItem && last !== undefined) last.text += `\n${text}`;
    else if (isProse) paragraphs.push({ line: index + 1, text });
    isOpen = isProse;
  }
  return paragraphs;
}

/**
 * Each cell of a table as a paragraph; a break begins another one.
 * @param {string} prose
 */
function cellsOf(prose) {
  return prose.split("\n").flatMap((content, index) =>
    /^\s*\|/.test(content)
      ? content
          .split(/(?<!\\)\||<br>/)
          .map((cell) => ({ line: index + 1, text: cell.trim() }))
          .filter(({ text }) => text !== "")
      : [],
  );
}

/**
 * Counts the words. A piece of code or a number is one word; a link counts with its text.
 * @param {string} sentence
 */
function wordsOf(sentence) {
  const plain = sentence
    .replace(/`[^`]*`/g, "code")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[*_]/g, "");
  return plain.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}
