// The documentation as a web site: `npm run docs:site` builds docs/ into site/dist.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { slug } from "../../scripts/rules/links.mjs";
import { extendMarkdown } from "../markdown.mjs";
import { llmsText, readSections, sidebar } from "../pages.mjs";

const REPOSITORY = "https://github.com/jobs-ts/jobs";
const DOCS = fileURLToPath(new URL("../../docs", import.meta.url));
const title = "jobs";
const description =
  "A job queue for TypeScript: the same tasks, worker and command on memory, SQLite, Redis, Postgres and Amazon SQS.";

const sections = readSections(readFileSync(join(DOCS, "README.md"), "utf8"));

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#3451b2"/><path d="M4 5h8M4 8h8M4 11h5" stroke="#fff" stroke-width="1.5"/></svg>`;

export default defineConfig({
  title,
  description,
  lang: "en",
  srcDir: "../docs",
  outDir: "./dist",
  cacheDir: "../node_modules/.cache/vitepress",
  cleanUrls: true,
  rewrites: { "README.md": "index.md" },
  head: [["link", { rel: "icon", href: `data:image/svg+xml,${encodeURIComponent(icon)}` }]],
  markdown: {
    config: extendMarkdown,
    // Headings have the anchors that they have on the forge, which the rule `links` checks.
    anchor: { slugify: slug },
    theme: { light: "github-light", dark: "github-dark" },
  },
  themeConfig: {
    search: { provider: "local" },
    sidebar: sidebar(sections, DOCS),
    outline: { level: [2, 3] },
    nav: [
      { text: "Get started", link: "/guide/getting-started" },
      { text: "Command line", link: "/guide/cli" },
      { text: "Errors", link: "/errors" },
    ],
    socialLinks: [{ icon: "github", link: REPOSITORY }],
    editLink: { pattern: `${REPOSITORY}/edit/main/docs/:path`, text: "Edit this page" },
    externalLinkIcon: true,
  },
  transformPageData(page) {
    // The forge would show front matter as a table, so it is not in the file.
    if (page.relativePath !== "index.md") return;
    page.frontmatter = { ...page.frontmatter, editLink: false, prev: false };
  },
  buildEnd({ outDir }) {
    const address = `${REPOSITORY.replace("github.com", "raw.githubusercontent.com")}/main/docs/`;
    writeFileSync(join(outDir, "llms.txt"), llmsText(sections, { title, description, address }));
  },
});
