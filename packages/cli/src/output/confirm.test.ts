import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { confirm } from "./confirm.ts";

function terminal(answer: string, isTTY = true) {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = Object.assign(new PassThrough(), { isTTY });
  input.end(answer);
  return { input, output, asked: () => String(output.read() ?? "") };
}

describe("confirm", () => {
  it.each(["y\n", "YES\n", " y \n"])("goes on after %j", async (answer) => {
    const asked = terminal(answer);
    await confirm("Remove \u001b[2Jall?", { isYes: false }, asked);
    expect(asked.asked()).toContain("Remove \\u001b[2Jall? [y/N]");
  });

  it.each(["n\n", "\n", "yep\n", ""])("changes nothing after %j", async (answer) => {
    await expect(confirm("Remove?", { isYes: false }, terminal(answer))).rejects.toMatchObject({
      code: "not_confirmed",
    });
  });

  it("asks nobody where nobody is, and not after --yes", async () => {
    const nobody = terminal("y\n", false);
    await expect(confirm("Remove?", { isYes: false }, nobody)).rejects.toThrow(
      "There is no terminal to ask on.",
    );
    await confirm("Remove?", { isYes: true }, nobody);
    expect(nobody.asked()).toBe("");
  });
});
