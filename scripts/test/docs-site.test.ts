import { describe, expect, it } from "vitest";
import { drawDiagram, siteLink } from "../../site/markdown.mjs";
import { differences, llmsText, readSections } from "../../site/pages.mjs";

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

  it("names pages that it lacks, and those that do not exist; decisions list themselves", () => {
    const files = ["README.md", "adr/0001-record-decisions.md", "guide/flows.md", "guide/new.md"];
    expect(differences(readSections(CONTENTS), files)).toEqual([
      "docs/README.md does not list guide/new.md.",
      "docs/README.md lists internals.md, which does not exist.",
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
