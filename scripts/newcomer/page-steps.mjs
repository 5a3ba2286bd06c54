/**
 * What a reader does with a part of a page.
 * @typedef {{ readonly kind: "file", readonly name: string, readonly text: string }
 *   | { readonly kind: "command", readonly text: string, readonly isRefused: boolean }} PageStep
 */

/** Files of these examples are shown as those of the reader. */
const EXAMPLES = /^examples\/(?:quick-start|commonjs)\/(?<name>[^#]+)$/;

const BLOCK = /(?:<!-- (?<file>\S+) -->\n)?```(?<language>\w+)\n(?<text>.*?)```/gs;

/**
 * The steps of a page in their order: the files that it shows whole, and the commands of its `sh` and `console` blocks.
 * A command is expected to end well, unless the comment behind it says `refused`.
 * @param {string} page Markdown.
 * @returns {readonly PageStep[]}
 */
export function stepsOf(page) {
  return [...page.matchAll(BLOCK)].flatMap(({ groups }) => {
    const { file, language, text = "" } = groups ?? {};
    const { name } = EXAMPLES.exec(file ?? "")?.groups ?? {};
    if (name !== undefined) return [{ kind: "file", name, text }];
    if (language === "console")
      return text
        .split("\n")
        .filter((line) => line.startsWith("$ "))
        .map(command);
    return language === "sh"
      ? text
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => command(`$ ${line}`))
      : [];
  });
}

/** @param {string} line @returns {PageStep} */
function command(line) {
  const [text = "", comment = ""] = line.slice(2).split(/\s+#\s/);
  return { kind: "command", text, isRefused: comment.startsWith("refused") };
}

/**
 * The part of a page from one heading to another, or to its end.
 * @param {string} page
 * @param {string} from
 * @param {string} [to]
 * @throws {Error} when the page has lost a heading
 */
export function partOf(page, from, to) {
  const start = page.indexOf(`\n${from}\n`);
  const end = to === undefined ? page.length : page.indexOf(`\n${to}\n`);
  if (start < 0 || end < start) throw new Error(`the page needs "${from}" before "${to ?? "its end"}".`);
  return page.slice(start, end);
}
