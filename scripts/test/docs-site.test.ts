import { describe, expect, it } from "vitest";
import { drawDiagram, siteLink } from "../../site/markdown.mjs";
import { llmsText, readSections } from "../../site/pages.mjs";
import { listedPages } from "../rules/listed-pages.mjs";
import { repositoryOf } from "./repository-of.ts";

const CONTENTS = [
  "# Documentation",
  "",
  "Read [getting started](guide/start.md) first.",
  "",
  "## Use",
  "",
  "- [Flows](guide/flows.md): jobs that follow [each other](guide/chain.md)",
  "",
  "## Inside",
  "",
  "- [Internals](internals.md): the map",
].join("\n");

describe("table of contents", () => {
  it("gives the navigation its sections and pages", () => {
    expect(readSections(CONTENTS)).toEqual([
      {
        title: "Use",
        pages: [
          {
            title: "Flows",
            path: "guide/flows.md",
            summary: "jobs that follow [each other](guide/chain.md)",
          },
        ],
      },
      { title: "Inside", pages: [{ title: "Internals", path: "internals.md", summary: "the map" }] },
    ]);
  });

  it("has every page but the decisions, or a rule names the page", () => {
    const docs = {
      "docs/README.md": CONTENTS,
      "docs/adr/0001-record-decisions.md": "",
      "docs/guide/flows.md": "",
      "docs/internals.md": "",
    };
    expect(listedPages(repositoryOf(docs))).toEqual([]);
    expect(listedPages(repositoryOf({ ...docs, "docs/guide/new.md": "" }))).toEqual([
      { path: "docs/guide/new.md", message: expect.stringContaining("not in docs/README.md") },
    ]);
  });

  it("becomes a list for language models, with complete addresses", () => {
    const site = { title: "jobs", description: "A queue.", address: "https://example.org/docs/" };
    expect(llmsText(readSections(CONTENTS), site)).toBe(
      [
        "# jobs",
        "",
        "> A queue.",
        "",
        "## Use",
        "",
        "- [Flows](https://example.org/docs/guide/flows.md): jobs that follow each other",
        "",
        "## Inside",
        "",
        "- [Internals](https://example.org/docs/internals.md): the map",
        "",
      ].join("\n"),
    );
  });
});

describe("links on the site", () => {
  it.each([
    "flows.md#cancel",
    "../internals.md",
    "../images/benchmarks.svg",
    "#cancel",
    "https://example.org/x.md",
  ])("stay where %s is a page, an image or elsewhere", (href) => {
    expect(siteLink("guide/results.md", href)).toBe(href);
  });

  it.each([
    ["../../packages/core/test/a.test.ts", "blob/main/packages/core/test/a.test.ts"],
    ["../../CONTRIBUTING.md#style", "blob/main/CONTRIBUTING.md#style"],
    ["../../LICENSE", "blob/main/LICENSE"],
    ["../../packages/core/src", "tree/main/packages/core/src"],
    ["../adr/", "tree/main/docs/adr"],
  ])("lead to the repository for %s", (href, path) => {
    expect(siteLink("guide/results.md", href)).toBe(`https://github.com/jobs-ts/jobs/${path}`);
  });
});

describe("diagrams", () => {
  const drawn = drawDiagram("sequenceDiagram\n  App->>Broker: send", "first-");

  it("are images that fetch nothing and change no colours of the page", () => {
    expect(drawn).toContain("<svg");
    expect(drawn).toContain(">send</text>");
    expect(drawn).not.toContain("<style");
    expect(drawn).not.toContain("//fonts.");
  });

  it("have ids of their own, which their arrows name", () => {
    expect(drawn).toContain('<marker id="first-seq-arrow"');
    expect(drawn).toContain('marker-end="url(#first-seq-arrow)"');
  });
});
