import { describe, expect, it } from "vitest";
import { createStatusLine } from "./status-line.ts";

function terminal(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 20, written, write: (text: string) => written.push(text) };
}

describe("createStatusLine", () => {
  it("keeps the status below what is written", () => {
    const screen = terminal(true);
    const status = createStatusLine(screen);
    status.show("1 running");
    status.write("a log line\n");
    status.show("");
    expect(screen.written.join("")).toBe("\r\u001b[2K1 running\r\u001b[2Ka log line\n1 running\r\u001b[2K");
  });

  it("never wraps", () => {
    const screen = terminal(true);
    createStatusLine(screen).show("x".repeat(50));
    expect(screen.written.at(-1)).toHaveLength(19);
  });

  it("writes plain lines where there is no terminal", () => {
    const screen = terminal(false);
    const status = createStatusLine(screen);
    status.show("1 running");
    status.write("a log line\n");
    expect(screen.written).toEqual(["a log line\n"]);
  });
});
