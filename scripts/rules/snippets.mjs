import { documents } from "./repository.mjs";

/**
 * A fenced block below `<!-- examples/quick-start/app.ts#app -->` shows a part of that file. The part is between `//
 * #region app` and the next `// #endregion`, in Python `# #region app`; without a region it is the whole file.
 */
const SNIPPET =
  /<!-- (?<source>[^\s#]+\.\w+)(?:#(?<region>[\w-]+))? -->\n(?<fence>`{3,})(?<language>\w+)\n(?<body>[\s\S]*?)^\k<fence>$/gm;

const TYPESCRIPT_BLOCK = /(?<above>[^\n]*)\n```(?:ts|typescript)\n/g;

/** Code in the documentation is copied from files that run, and the copy is up to date. */
/** @type {import("./repository.mjs").Rule} */
export function snippets(repository) {
  return documents(repository).flatMap(({ path, text }) => [
    ...staleSnippets(repository, path, text),
    ...handwrittenBlocks(path, text),
  ]);
}

/**
 * A document with every snippet copied again.
 * @param {import("./repository.mjs").Repository} repository
 * @param {string} text
 */
export function renewSnippets(repository, text) {
  return text.replace(SNIPPET, (block, ...rest) => {
    const groups = rest.at(-1);
    const body = cut(repository, groups.source, groups.region);
    return body === undefined
      ? block
      : block.slice(0, block.length - groups.body.length - groups.fence.length) + body + groups.fence;
  });
}

/**
 * @param {import("./repository.mjs").Repository} repository
 * @param {string} path
 * @param {string} text
 */
function staleSnippets(repository, path, text) {
  return [...text.matchAll(SNIPPET)].flatMap(({ groups = {}, index }) => {
    const { source = "", region, body } = groups;
    const line = text.slice(0, index).split("\n").length;
    const current = cut(repository, source, region);
    const name = region === undefined ? source : `${source}#${region}`;
    if (current === undefined) return [{ path, line, message: `there is no ${name}.` }];
    return body === current
      ? []
      : [{ path, line, message: `differs from ${name}: npm run docs cuts it anew.` }];
  });
}

/**
 * @param {string} path
 * @param {string} text
 */
function handwrittenBlocks(path, text) {
  return [...text.matchAll(TYPESCRIPT_BLOCK)].flatMap(({ groups = {}, index }) => {
    if (/^<!-- (?:[^\s#]+\.\w+(?:#[\w-]+)?|sketch: .+) -->$/.test(groups.above ?? "")) return [];
    const line = text.slice(0, index).split("\n").length + 1;
    return [
      {
        path,
        line,
        message: "TypeScript that never runs: name its file above it, or say why not (sketch: …).",
      },
    ];
  });
}

/**
 * @param {import("./repository.mjs").Repository} repository
 * @param {string} source
 * @param {string | undefined} region
 */
function cut({ files }, source, region) {
  const text = files.find(({ path }) => path === source)?.text;
  if (text === undefined || region === undefined) return text;
  const part = new RegExp(
    `^[ \\t]*(?://|#) #region ${region}\\n([\\s\\S]*?)^[ \\t]*(?://|#) #endregion\\b`,
    "m",
  );
  const body = part.exec(text)?.[1];
  return body === undefined ? undefined : outdent(body).replace(/\n+$/, "\n");
}

/** @param {string} body */
function outdent(body) {
  const indents = body
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => /^ */.exec(line)?.[0].length ?? 0);
  return body.replace(new RegExp(`^ {${Math.min(...indents)}}`, "gm"), "");
}
