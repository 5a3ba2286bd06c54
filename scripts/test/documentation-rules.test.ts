import { describe, expect, it } from "vitest";
import { links } from "../rules/links.mjs";
import type { Rule } from "../rules/repository.mjs";
import { sentences } from "../rules/sentences.mjs";
import { renewSnippets, snippets } from "../rules/snippets.mjs";
import { repositoryOf } from "./repository-of.ts";

const messages = (rule: Rule, files: Record<string, string>) =>
  rule(repositoryOf(files)).map(({ message }) => message);

describe("links", () => {
  const guide = { "docs/guide/start.md": "# Start\n\n## What `jobs` does, in short\n" };

  it("to files, folders, headings and the web are right", () => {
    const text =
      "[a](docs/guide/start.md#what-jobs-does-in-short) [b](docs/guide) [c](https://example.org) [d](#here)\n# Here";
    expect(messages(links, { ...guide, "README.md": text })).toEqual([]);
  });

  it.each([
    ["[a](docs/guide/end.md)", "docs/guide/end.md does not exist."],
    ["[a](docs/guide/start.md#elsewhere)", "docs/guide/start.md has no heading #elsewhere."],
    ["[a](#nowhere)", "README.md has no heading #nowhere."],
    ["[a](https://github.com/jobs-ts/jobs/blob/main/docs/end.md)", "docs/end.md does not exist."],
  ])("%s leads nowhere", (text, message) => {
    expect(messages(links, { ...guide, "README.md": text })).toEqual([message]);
  });

  it("inside a fence is only text", () => {
    expect(messages(links, { "README.md": "```md\n[a](missing.md)\n```\n" })).toEqual([]);
  });

  it("of error hints are followed too", () => {
    const source = 'const hint = "see docs/guide/start.md#rename";';
    expect(messages(links, { ...guide, "packages/core/src/a.ts": source })).toEqual([
      "docs/guide/start.md has no heading #rename.",
    ]);
  });
});

describe("snippets", () => {
  const source = "import x;\n\nif (on) {\n  // #region call\n  const a = 1;\n  run(a);\n  // #endregion\n}\n";
  const page = (body: string, name = "app.ts#call") => `<!-- ${name} -->\n\`\`\`ts\n${body}\`\`\`\n`;
  const files = (text: string) => ({ "app.ts": source, "README.md": text });

  it("equal their region, without its indentation", () => {
    expect(messages(snippets, files(page("const a = 1;\nrun(a);\n")))).toEqual([]);
  });

  it.each([
    ["work.py", "# #region work\ndef work():\n    pass\n\n\n# #endregion\n", "def work():\n    pass\n"],
    [
      "main.go",
      "// #region work\nfunc work() {\n\trun()\n}\n\n// #endregion\n",
      "func work() {\n\trun()\n}\n",
    ],
  ])("of %s end without blank lines", (file, code, shown) => {
    expect(messages(snippets, { [file]: code, "README.md": page(shown, `${file}#work`) })).toEqual([]);
  });

  it("that differ are found and cut anew", () => {
    const stale = page("run(2);\n");
    const empty = page("");
    expect(messages(snippets, files(stale))).toEqual([
      "differs from app.ts#call: npm run docs cuts it anew.",
    ]);
    const renewed = renewSnippets(repositoryOf(files(stale)), stale);
    expect(messages(snippets, files(renewed))).toEqual([]);
    expect(renewSnippets(repositoryOf(files(empty)), empty)).toBe(renewed);
  });

  it("of a file or region that is gone are found", () => {
    expect(messages(snippets, files(page("run(a);\n", "app.ts#other")))).toEqual([
      "there is no app.ts#other.",
    ]);
    expect(messages(snippets, files(page("run(a);\n", "gone.ts")))).toEqual(["there is no gone.ts."]);
  });

  it("written by hand are refused, unless they say why", () => {
    expect(messages(snippets, { "README.md": "Text\n```ts\nrun();\n```\n" })).toHaveLength(1);
    expect(
      messages(snippets, { "README.md": "<!-- sketch: needs a server -->\n```ts\nrun();\n```\n" }),
    ).toEqual([]);
  });
});

describe("sentences", () => {
  const words = (count: number) => `W${" w".repeat(count - 1)}.`;
  const page = (...paragraphs: string[]) => ({ "docs/page.md": paragraphs.join("\n\n") });
  const short = Array.from({ length: 18 }, () => words(20));

  it("have at most 20 words, but for one in twenty", () => {
    expect(messages(sentences, page(...short, words(2), words(21)))).toEqual([]);
    expect(messages(sentences, page(...short, words(21)))).toEqual([
      expect.stringMatching(/^21 words in a sentence, at most 20: "W w w/),
    ]);
  });

  it("have never more than 30 words", () => {
    expect(messages(sentences, page(...short, words(2), words(30)))).toEqual([]);
    expect(messages(sentences, page(...short, words(2), words(31)))).toEqual([
      expect.stringMatching(/^31 words in a sentence, at most 30: "W w w/),
    ]);
  });

  it("that are too long are named with the line each begins on", () => {
    const text = `# Title\n\n${words(4)} And\n${words(21)}\n\n- ${words(3)}\n- a\n  ${words(25)}\n`;
    expect(
      sentences(repositoryOf({ "README.md": text })).map(({ line, message }) => [line, message]),
    ).toEqual([
      [3, expect.stringContaining("22 words")],
      [7, expect.stringContaining("26 words")],
    ]);
  });

  it("count code and a number as one word, a link by its text", () => {
    const code = "`a b c d e f g h`";
    const link = "[w w](docs/page.md)";
    expect(messages(sentences, page(`${code} ${link} 1,000 ${words(16)}`))).toEqual([]);
    expect(messages(sentences, page(`${code} ${link} 1,000 ${words(17)}`))).toHaveLength(1);
  });

  it("of a table are those of its cells", () => {
    const table = `| a | ${words(12)} |\n|---|---|\n| w \\| ${words(20)} | ${words(12)}<br>${words(12)} |\n`;
    expect(
      sentences(repositoryOf({ "README.md": table })).map(({ line, message }) => [line, message.slice(0, 8)]),
    ).toEqual([[3, "21 words"]]);
  });

  it("of comments are short too, in every form of a comment", () => {
    const comments = [
      `/** ${words(21)} */`,
      `/**\n * ${words(3)}\n * @throws ${words(22)}\n */`,
      `const a = 1; // ${words(23)}`,
      `  // W w\n  // ${words(22)}`,
    ];
    expect(
      sentences(repositoryOf({ "packages/core/src/a.ts": `${comments.join("\n")}\n` })).map(
        ({ line, message }) => [line, message.slice(0, 8)],
      ),
    ).toEqual([
      [1, "21 words"],
      [4, "22 words"],
      [6, "23 words"],
      [7, "24 words"],
    ]);
  });

  it("of comments have their own share, and texts in code are no comments", () => {
    const text = `// ${words(21)}\n`;
    const code = `const a = "// ${words(30)}";\nconst b = \`/* ${words(30)} */\`;\n`;
    expect(messages(sentences, { ...page(...short, words(2)), "a.ts": text })).toHaveLength(1);
    expect(messages(sentences, { "a.ts": code })).toEqual([]);
  });

  it("that begin with code or a link begin anew", () => {
    expect(messages(sentences, page(`${words(12)} \`run()\` ${words(12)}`))).toEqual([]);
    expect(messages(sentences, page(`${words(12)} [run.ts](run.ts) ${words(12)}`))).toEqual([]);
  });

  it.each([
    ["code", `\`\`\`\n${words(30)}\n\`\`\``],
    ["a heading", `## ${words(30)}`],
    ["a comment", `<!-- ${words(30)} -->`],
  ])("are not looked for in %s", (_, text) => {
    expect(messages(sentences, page(text))).toEqual([]);
  });

  it("of others are theirs", () => {
    expect(messages(sentences, { "CODE_OF_CONDUCT.md": words(30) })).toEqual([]);
  });
});
