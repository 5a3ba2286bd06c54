import { posix } from "node:path";
import { renderMermaidSVG } from "beautiful-mermaid";

/** Where files lie that are in the repository but no pages of the site. */
const REPOSITORY = "https://github.com/jobs-ts/jobs";

/**
 * Where a link of a page leads on the site. Other pages and images of docs/ stay. All else of the repository, such as a
 * test, is a link to the repository.
 * @param {string} page From docs/, such as `guide/flows.md`.
 * @param {string} href As it is written.
 */
export function siteLink(page, href) {
  if (/^(?:[a-z]+:|#|\/)/i.test(href)) return href;
  const [path = "", anchor] = href.split("#");
  const target = posix.join("docs", posix.dirname(page), path).replace(/\/$/, "");
  if (target.startsWith("docs/") && posix.extname(target) !== "") return href;
  const kind = posix.extname(target) === "" && !/\/[A-Z]+$/.test(`/${target}`) ? "tree" : "blob";
  return `${REPOSITORY}/${kind}/main/${target}${anchor === undefined ? "" : `#${anchor}`}`;
}

/** A diagram is not drawn smaller than this share of its size, so that its letters can be read. It scrolls instead. */
const SMALLEST = 0.85;

/**
 * A diagram of Mermaid as an image in the page, drawn now. So no reader loads Mermaid. Its colours are the theme's, which
 * `theme/style.css` defines.
 * @param {string} source
 * @param {string} prefix Of the ids in it, which must differ from those of other images on the page.
 */
export function drawDiagram(source, prefix) {
  const drawn = renderMermaidSVG(source, { transparent: true });
  const width = Number(/ width="([\d.]+)"/.exec(drawn)?.[1]);
  const svg = drawn
    // It sets colours for all of the page, and fetches a font from elsewhere.
    .replace(/<style>[\s\S]*?<\/style>/, "")
    .replace(
      /(?<=<svg[^>]*) style="[^"]*"/,
      ` role="img" style="min-width: ${Math.round(width * SMALLEST)}px"`,
    )
    .replace(/(?<= id="|url\(#)/g, prefix);
  return `<div class="diagram" v-pre>${svg}</div>\n`;
}

/** The HTML that the documentation uses. */
const KNOWN_HTML = /^(?:<br>|<a id="[^"]+">|<\/a>|<!--)/;

/**
 * Teaches VitePress's Markdown these things. What it would read as its own template, such as `<queue>` or two braces in
 * the title of a test, stays text.
 * @param {import("vitepress").MarkdownRenderer} markdown
 */
export function extendMarkdown(markdown) {
  markdown.core.ruler.push("links and tags", ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      if (token.type === "link_open")
        token.attrSet("href", siteLink(env.relativePath, token.attrGet("href") ?? ""));
      if (token.type === "html_inline" && !KNOWN_HTML.test(token.content)) token.type = "text";
    }
  });
  const { fence, text } = markdown.renderer.rules;
  markdown.renderer.rules.text = (...rest) => text?.(...rest).replaceAll("{{", "&#123;&#123;") ?? "";
  markdown.renderer.rules.fence = (tokens, index, ...rest) => {
    const { info = "", content = "" } = tokens[index] ?? {};
    if (info.trim() === "mermaid") return drawDiagram(content, `diagram-${index}-`);
    return fence?.(tokens, index, ...rest) ?? "";
  };
}
