import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * One page of the site, as docs/README.md lists it.
 * @typedef {object} Page
 * @property {string} title
 * @property {string} path From docs/, with `.md`.
 * @property {string} summary One line about it.
 */

/**
 * A heading of docs/README.md and the pages under it.
 * @typedef {object} Section
 * @property {string} title
 * @property {readonly Page[]} pages
 */

const ITEM = /^- \[(?<title>[^\]]+)\]\((?<path>[^)#]+\.md)\): (?<summary>.+)$/;
const DECISIONS = "adr/";

/**
 * The table of contents of the documentation. docs/README.md is its only source: the forge shows it as the folder's
 * page, and the site makes its navigation and `llms.txt` from it.
 * @param {string} text
 * @returns {Section[]}
 */
export function readSections(text) {
  return text
    .split(/^## /m)
    .slice(1)
    .map((part) => {
      const [title = "", ...lines] = part.split("\n");
      return { title, pages: lines.flatMap(readItem) };
    });
}

/** @param {string} line */
function readItem(line) {
  const { title = "", path = "", summary = "" } = ITEM.exec(line)?.groups ?? {};
  return path === "" ? [] : [{ title, path, summary }];
}

/**
 * The navigation at the side: the sections, then the decisions, folded.
 * @param {readonly Section[]} sections
 * @param {string} docs
 * @returns {import("vitepress").DefaultTheme.SidebarItem[]}
 */
export function sidebar(sections, docs) {
  const decisions = readdirSync(join(docs, DECISIONS))
    .sort()
    .map((file) => DECISIONS + file)
    .map((path) => ({ text: titleOf(readFileSync(join(docs, path), "utf8")), link: linkTo(path) }));
  return [
    ...sections.map(({ title, pages }) => ({
      text: title,
      collapsed: false,
      items: pages.map((page) => ({ text: page.title, link: linkTo(page.path) })),
    })),
    { text: "Decisions", collapsed: true, items: decisions },
  ];
}

/** @param {string} page */
function titleOf(page) {
  return /^# (.+)$/m.exec(page)?.[1] ?? "";
}

/** @param {string} path */
function linkTo(path) {
  return `/${path.replace(/\.md$/, "")}`;
}

/**
 * The pages for language models, in the form of llmstxt.org: a line each, with a link to the Markdown.
 * @param {readonly Section[]} sections
 * @param {{ title: string, description: string, address: string }} site `address` is where the Markdown lies.
 */
export function llmsText(sections, { title, description, address }) {
  const parts = sections.map(({ title: heading, pages }) =>
    [
      `## ${heading}`,
      "",
      ...pages.map((page) => `- [${page.title}](${address}${page.path}): ${plain(page.summary)}`),
    ].join("\n"),
  );
  return `${[`# ${title}`, `> ${description}`, ...parts].join("\n\n")}\n`;
}

/**
 * A line without the links in it, which hold for one page only.
 * @param {string} summary
 */
function plain(summary) {
  return summary.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
}
