import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "@oclif/core/parser";
import { afterAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../src/command-table.ts";
import { findCommand } from "../src/find-command.ts";
import { createProject } from "./project.ts";

const PACKAGES = fileURLToPath(new URL("../..", import.meta.url));

/** A piece of a string of the sources, on one line: comments do not count. */
const STRING = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g;
const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;

const IDS = Object.keys(COMMANDS);
const MENTION = new RegExp(
  `\\bjobs (?:${[...IDS].sort((a, b) => b.length - a.length).join("|")})\\b(?:[^"\`'.;,)|>]|[.,](?=\\S))*`,
  "g",
);

/** Its text can be a token and the address of a webhook. */
const SECRET_FILE = join(mkdtempSync(join(tmpdir(), "jobs-hints-")), "secret");
writeFileSync(SECRET_FILE, "https://hooks.example.com/jobs-0123456789");
afterAll(() => rmSync(dirname(SECRET_FILE), { recursive: true }));

/** What can stand in a command line: a flag, a word in capitals, a value that is filled in, an assignment. */
const WORD = /^(?:--?[\w-]+(?:=\S*)?|[A-Z][A-Z.]*|x|\S+=\S+)$/;

function sources(): readonly string[] {
  // @jobs/create writes files for other programs, with their flags.
  const files = readdirSync(PACKAGES)
    .filter((name) => name !== "create")
    .flatMap((name) =>
      readdirSync(`${PACKAGES}${name}/src`, { recursive: true, encoding: "utf8" }).map(
        (file) => `${name}/src/${file}`,
      ),
    )
    .filter((file) => /(?<!\.test)\.ts$/.test(file));
  return files.map((file) => readFileSync(`${PACKAGES}${file}`, "utf8").replace(COMMENT, ""));
}

/** Every command line in a text for people, without the sentence that follows it. */
function mentions(text: string): readonly (readonly string[])[] {
  return [...text.replace(/\$\{[^}]*\}/g, "x").matchAll(MENTION)].map(([line]) => {
    const words = line.trim().split(/\s+/).slice(1);
    const found = findCommand(words, IDS);
    const id = found.type === "command" ? found.id.split(" ") : words;
    const rest = words.slice(id.length);
    const end = rest.findIndex((word, index) => !WORD.test(word) && !rest[index - 1]?.startsWith("-"));
    return [...id, ...rest.slice(0, end < 0 ? undefined : end)];
  });
}

describe("hints", () => {
  const texts = sources().flatMap((source) => source.match(STRING) ?? []);
  const lines = [...new Map(texts.flatMap(mentions).map((words) => [words.join(" "), words])).values()];

  it("are found in the sources", () => {
    expect(lines.length).toBeGreaterThan(20);
  });

  it.each(lines.map((words) => [words.join(" "), words] as const))(
    "jobs %s is a command line",
    async (_, words) => {
      const found = findCommand(words, IDS);
      if (found.type !== "command") throw new Error(`no command: ${words.join(" ")}`);
      const { default: Command } = await COMMANDS[found.id]!.load();
      // Prose may name a command without its arguments, or a flag without its value.
      if (found.argv.length === 0) return;
      const [last = ""] = found.argv.slice(-1);
      const flag = Command.flags[last.replace(/^--/, "")];
      if (flag?.type === "option") return;
      // A secret's file is on the machine of the user, so another one stands for it.
      const argv = found.argv.map((word) => word.replaceAll(/@\/[\w./-]+/g, `@${SECRET_FILE}`));
      await parse(argv, {
        args: Command.args,
        flags: Command.flags,
        strict: Reflect.get(Command, "strict"),
      });
    },
  );

  it("name only flags that some command has", async () => {
    const known = new Set(["--no-warnings"]);
    for (const { load } of Object.values(COMMANDS)) {
      const { default: Command } = await load();
      for (const name of Object.keys(Command.flags)) known.add(`--${name}`).add(`--no-${name}`);
    }
    const flags = texts
      .filter((text) => / /.test(text))
      .flatMap((text) => text.match(/(?<=^|[\s"'`(])--[a-z][\w-]+(?![\w*-])/g) ?? []);
    expect([...new Set(flags)].filter((flag) => !known.has(flag))).toEqual([]);
  });
});

describe("pages that errors name", () => {
  const texts = sources();

  it("are named by an address, never by a path", () => {
    const strings = texts.flatMap((source) => source.match(STRING) ?? []);
    expect(strings.filter((text) => /(?<!\/)\bdocs\/[\w/-]+\.md/.test(text))).toEqual([]);
  });

  const pages = texts.flatMap((source) =>
    [...source.matchAll(/docsPage\("([^"]+)"\)/g)].map(([, page = ""]) => page),
  );

  it("are found in the sources", () => expect(pages.length).toBeGreaterThan(1));

  it.each(pages)("%s is there", (page) => {
    const [file = "", anchor] = page.split("#");
    const headings = readFileSync(`${PACKAGES}../docs/${file}`, "utf8").match(/^#+ .*$/gm) ?? [];
    const anchors = headings.map((line) =>
      line
        .replace(/^#+ /, "")
        .toLowerCase()
        .replace(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    );
    expect(anchor === undefined || anchors.includes(anchor)).toBe(true);
  });
});

it("the hint for broken --params is a command line that works", async () => {
  using project = createProject();
  const enqueue = (params: string) => project.jobs(["enqueue", "my_task", "a=1", "b=2", "--params", params]);
  const { stderr } = await enqueue("text");
  expect(stderr).toContain(`--params '{"name": "value"}'`);
  expect(stderr).not.toContain("--params=");
  expect((await enqueue('{"a": 1}')).code).toBe(0);
  expect((await enqueue("@missing.json")).stderr).toMatch(/Fix: Correct the path after @\.\n/);
});
