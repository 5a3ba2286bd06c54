import { codeFiles, documents, resolveRelative, withoutFences } from "./repository.mjs";

const LINK = /\]\((?<target>[^()\s]+)\)/g;
const IN_SOURCE = /\bdocs\/[a-z0-9/-]+\.md(?:#[a-z0-9-]+)?/g;

/** The address of a file of this repository, for pages that are also read elsewhere, such as READMEs in the registry. */
const OWN_ADDRESS = /^https:\/\/github\.com\/jobs-ts\/jobs\/(?:blob|tree)\/main\//;

/** Every link in the documentation, and every page that code names, has an existing file and heading as its target. */
/** @type {import("./repository.mjs").Rule} */
export function links(repository) {
  const anchors = new Map(documents(repository).map(({ path, text }) => [path, headingAnchors(text)]));
  const paths = new Set(repository.files.map(({ path }) => path));
  return [...documentLinks(repository), ...sourceLinks(repository)].flatMap(({ path, line, target }) => {
    const [file = "", anchor] = target.split("#");
    const isFolder = file === "" || repository.files.some((other) => other.path.startsWith(`${file}/`));
    if (!paths.has(file) && !isFolder) return [{ path, line, message: `${file} does not exist.` }];
    const isLost = anchor !== undefined && anchors.has(file) && !anchors.get(file)?.has(anchor);
    return isLost ? [{ path, line, message: `${file} has no heading #${anchor}.` }] : [];
  });
}

/** @param {import("./repository.mjs").Repository} repository */
function documentLinks(repository) {
  return documents(repository).flatMap(({ path, text }) => {
    const prose = withoutFences(text);
    return [...prose.matchAll(LINK)].flatMap((match) => {
      const written = match.groups?.target ?? "";
      const line = lineOf(prose, match.index);
      if (OWN_ADDRESS.test(written)) return [{ path, line, target: written.replace(OWN_ADDRESS, "") }];
      if (/^[a-z]+:/.test(written)) return [];
      const target = written.startsWith("#") ? path + written : (resolveRelative(path, `./${written}`) ?? "");
      return [{ path, line, target: target.replace(/\/$/, "") }];
    });
  });
}

/** @param {import("./repository.mjs").Repository} repository */
function sourceLinks(repository) {
  return codeFiles(repository)
    .filter(({ path }) => !path.startsWith("scripts/"))
    .flatMap(({ path, text }) =>
      [...text.matchAll(IN_SOURCE)].map((match) => ({
        path,
        line: lineOf(text, match.index),
        target: match[0],
      })),
    );
}

/** @param {string} text */
function headingAnchors(text) {
  const headings = [...withoutFences(text).matchAll(/^#+\s+(.+)$/gm)].map((match) => match[1] ?? "");
  const written = [...text.matchAll(/<a id="([^"]+)">/g)].map((match) => match[1] ?? "");
  return new Set([...headings.map(slug), ...written]);
}

/** The anchor that GitHub makes: lower case, dashes for spaces, only letters, digits, dashes and underscores. */
/** @param {string} heading */
export function slug(heading) {
  const words = heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .trim()
    .toLowerCase();
  return words.replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
}

/**
 * @param {string} text
 * @param {number} index
 */
function lineOf(text, index) {
  return text.slice(0, index).split("\n").length;
}
