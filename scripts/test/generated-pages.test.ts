import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { renderCapabilities } from "../docs/capabilities-page.mjs";
import { renderClauses } from "../docs/clauses-page.mjs";
import { renderErrors } from "../docs/errors-page.mjs";
import { renewProofs } from "../docs/proof-column.mjs";
import { readRequirements, requirementsPage } from "../docs/requirements-page.mjs";
import { listProofs } from "../docs/test-proofs.mjs";
import { codeFiles, documents, readRepository } from "../rules/repository.mjs";
import { repositoryOf } from "./repository-of.ts";

describe("proofs", () => {
  it("are test titles that end with the ids of requirements", () => {
    const text = [
      'describe("a stale ack [W15]", () => {',
      '  it("names what is missing [E3 E4]", run);',
      '  it.each([1, 2])("reads %i [C14]", run);',
      '  it("is not about W1", run);',
    ].join("\n");
    expect(listProofs(repositoryOf({ "packages/core/src/a.test.ts": text }))).toEqual([
      { id: "W15", path: "packages/core/src/a.test.ts", title: "a stale ack" },
      { id: "E3", path: "packages/core/src/a.test.ts", title: "names what is missing" },
      { id: "E4", path: "packages/core/src/a.test.ts", title: "names what is missing" },
      { id: "C14", path: "packages/core/src/a.test.ts", title: "reads %i" },
    ]);
  });

  it("are clauses whose source is a requirement; the clause's own id is none", () => {
    const text = '{ id: "C1", rule: "Queues are apart.", source: "requirement W18, fault F64" }';
    const path = "packages/broker-conformance/src/clauses/isolation-clauses.ts";
    expect(listProofs(repositoryOf({ [path]: text })).map(({ id }) => id)).toEqual(["W18", "F64"]);
  });
});

describe("column of proofs", () => {
  const page =
    "| id | here | proven by |\n|---|---|---|\n| W1 | an app | old.test.ts: gone |\n| W2 | queues | open (SQS is planned) |\n";

  it("names the tests that prove an item and opens those without", () => {
    const proof = { id: "W1", path: "packages/core/src/app.test.ts", title: "puts the prefix" };
    expect(renewProofs(page, [proof])).toContain(
      "| W1 | an app | [app.test.ts](../packages/core/src/app.test.ts): puts the prefix |",
    );
    expect(renewProofs(page, [])).toContain("| W1 | an app | open |");
  });

  it("keeps what is said about open items", () => {
    expect(renewProofs(page, [])).toContain("| W2 | queues | open (SQS is planned) |");
  });
});

describe("requirements page", () => {
  const proof = { id: "W8", path: "packages/core/src/a.test.ts", title: "drops a name" };
  const item = { id: "W8", tag: "L", text: '"safe changes" -> policy strict|additive.' };
  const page = (one: typeof item & { here?: string; untested?: string }, proofs = [proof]) =>
    requirementsPage({ groups: [{ letter: "W", title: "core" }], items: [one] }, proofs);

  it("quotes an item word for word, says where this system differs, and names the tests", () => {
    expect(page({ ...item, here: "As a setting." })).toContain(
      '| W8 | [L] "safe changes" -> policy strict\\|additive. | As a setting. | [a.test.ts](../packages/core/src/a.test.ts): drops a name |',
    );
  });

  it("takes a reason for an item without a test, and stops at one without either", () => {
    expect(page({ ...item, untested: "No test: it is a text." }, [])).toContain("| No test: it is a text. |");
    expect(() => page(item, [])).toThrow("W8: no test names it");
  });

  it("has all 138 items, each once", () => {
    const ids = readRequirements().items.map(({ id }) => id);
    expect(new Set(ids).size).toBe(138);
    expect(ids).toHaveLength(138);
  });
});

describe("requirements and faults", () => {
  const repository = readRepository(fileURLToPath(new URL("../..", import.meta.url)));

  it("have a row for every number that a test or a clause names", () => {
    const rows = documents(repository)
      .filter(({ path }) => path === "docs/requirements.md" || path === "docs/faults.md")
      .flatMap(({ text }) => [...text.matchAll(/^\| ([A-Z]\d[\dA]?) \|/gm)].map((match) => match[1]));
    const named = new Set(listProofs(repository).map(({ id }) => id));
    expect([...named].filter((id) => !rows.includes(id))).toEqual([]);
  });

  it("stand behind the title of a test, never before it", () => {
    const title = /\b(?:describe|it|test)\b[^"'`\n]*\(\s*["'`](?<id>[A-Z]\d[\dA]?)[:, ]/g;
    const tests = codeFiles(repository).filter(({ path }) => path.endsWith(".test.ts"));
    const early = tests.flatMap(({ path, text }) =>
      [...text.matchAll(title)].map(({ groups }) => `${path} ${groups?.id}`),
    );
    expect(early).toEqual([]);
  });
});

describe("errors page", () => {
  it("stops at a code that no chapter has", () => {
    expect(() => renderErrors({ brand_new: "Something." })).toThrow("brand_new");
  });
});

describe("clauses page", () => {
  it("tells for each clause what a broker without the capability does instead", () => {
    const clause = { id: "P1", rule: "First in, first out.", source: "Capabilities.order" };
    const unless = { capability: "order", rule: "All arrive." };
    const page = renderClauses([{ letter: "P", title: "Order", clauses: [{ ...clause, unless }, clause] }]);
    expect(page).toContain("| P1 | First in, first out. | `order`: All arrive. | Capabilities.order |");
    expect(page).toContain("| P1 | First in, first out. |  | Capabilities.order |");
    expect(page).toContain("these 2 clauses");
  });

  it("leaves the numbers of requirements to their page", () => {
    const clause = { id: "Q1", rule: "Queues are apart.", source: "requirement W18, fault F64" };
    const page = renderClauses([{ letter: "Q", title: "Isolation", clauses: [clause] }]);
    expect(page).toContain("| Q1 | Queues are apart. |  | fault F64 |");
  });
});

describe("capabilities page", () => {
  const source =
    "/** How long. */\n  readonly delay: false;\n  /** Whether kept. */\n  readonly durable: boolean;";

  it("has a row for each capability and a column for each broker", () => {
    const columns = [
      {
        name: "memory",
        reach: "process",
        capabilities: { delay: { maxMs: Number.POSITIVE_INFINITY }, durable: false },
      },
    ];
    const rendered = renderCapabilities(source, columns);
    expect(rendered).toContain("| `delay` | How long. | maxMs: no limit |");
    expect(rendered).toContain("| `durable` | Whether kept. | no |");
    expect(rendered).toMatch(/\| `reach` \| .* \| process \|/);
  });

  it("stops at a capability without an explanation", () => {
    expect(() => renderCapabilities(`${source}\n  readonly secret: boolean;`, [])).toThrow("no doc comment");
  });
});
