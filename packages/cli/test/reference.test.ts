import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { cliVariables, describeCommands } from "./reference/describe-commands.ts";
import { commandReference, exitNumbers, settingReference, withGenerated } from "./reference/markdown.ts";

const CLI_GUIDE = fileURLToPath(new URL("../../../docs/guide/cli.md", import.meta.url));
const CONFIG_GUIDE = fileURLToPath(new URL("../../../docs/guide/configuration.md", import.meta.url));

// `npx vitest run packages/cli/test/reference.test.ts -u` writes these files anew; `-u` before the path would take it for a value.
describe("what is promised", () => {
  it("commands and flags are those of the reviewed snapshot", async () => {
    const commands = await describeCommands();
    await expect(`${JSON.stringify(commands, null, 2)}\n`).toMatchFileSnapshot("golden/commands.json");
  });

  it("the configuration knows the variables of all flags", async () => {
    const list = (await cliVariables()).map((variable) => `  "${variable}",\n`).join("");
    const source = readFileSync(new URL("../src/base/global-flags.ts", import.meta.url), "utf8");
    const current = source.replace(/\[\n?[^\]]*\];/, `[\n${list}];`);
    await expect(current).toMatchFileSnapshot("../src/base/global-flags.ts");
  });

  it("no variable answers --yes, or picks what is removed or sent", async () => {
    for (const { flags } of Object.values(await describeCommands())) {
      for (const name of ["yes", "all", "dry-run", "id", "params", "secrets"])
        expect(flags[name]?.variable).toBeUndefined();
    }
  });

  it("the guide lists every command and flag", async () => {
    const text = withGenerated(readFileSync(CLI_GUIDE, "utf8"), await commandReference());
    await expect(text).toMatchFileSnapshot(CLI_GUIDE);
  });

  it("the guide explains every exit status", () => {
    const text = readFileSync(CLI_GUIDE, "utf8");
    const explained = [...text.matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]));
    expect(explained.sort()).toEqual([...exitNumbers()].sort());
  });

  it("the guide lists every setting", async () => {
    const text = withGenerated(readFileSync(CONFIG_GUIDE, "utf8"), settingReference());
    await expect(text).toMatchFileSnapshot(CONFIG_GUIDE);
  });

  it("every command has an example that starts with it", async () => {
    for (const [id, { examples }] of Object.entries(await describeCommands())) {
      expect(examples.length).toBeGreaterThan(0);
      // What defines the function jobs is called without it.
      const start = id === "shell" ? '(eval "\\$\\()?npx jobs-cli' : "(\\w+=\\S+ )*jobs";
      for (const example of examples) expect(example).toMatch(new RegExp(`^${start} ${id}\\b`));
    }
  });
});
