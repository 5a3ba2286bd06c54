import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

it("prints one trace: the failed run, the run after it, and what they send", async () => {
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["start.mjs"], { cwd });
  const lines = stdout.trimEnd().split("\n");
  const byDepth = (text: string) => lines.find((line) => line.trim() === text)?.search(/\S/);
  expect(lines[0]).toBe("send default · take_order");
  expect(byDepth("process default · take_order · run 1 · retried · kettle: the store does not answer")).toBe(
    2,
  );
  expect(byDepth("process default · take_order · run 2 · succeeded")).toBe(2);
  expect(byDepth("retry default · take_order")).toBe(4);
  expect(byDepth("send store · pack")).toBe(4);
  expect(byDepth("process store · pack · run 1 · succeeded")).toBe(6);
  expect(byDepth("process mails · send_mail · run 1 · succeeded")).toBe(10);
  expect(lines).toHaveLength(13);
});
