import { afterEach, expect, it, vi } from "vitest";
import { statusLineOn } from "./status-line.ts";

afterEach(() => void vi.unstubAllEnvs());

/** What the status line writes around its text. */
const drawn = (text: string) => `\u001b[?7l${text}\u001b[?7h`;
const CLEAR = "\r\u001b[2K";

/** Terminals that write to the same screen. */
function terminals(isTTY = true, columns = 20) {
  vi.stubEnv("TERM", "xterm");
  const written: string[] = [];
  const create = () => ({ isTTY, columns, write: (text: string | Uint8Array) => written.push(String(text)) });
  const [stderr, stdout] = [create(), create()];
  return { stderr, stdout, text: () => written.join(""), status: statusLineOn(stderr, [stderr, stdout]) };
}

it("keeps the status below what is written", () => {
  const { status, text } = terminals();
  status.show("1 running");
  status.write("a log line\n");
  status.show("");
  expect(text()).toBe(`${drawn("1 running")}${CLEAR}a log line\n${drawn("1 running")}${CLEAR}`);
});

it("gives other code that writes to the terminal a clean line", () => {
  const { status, text, stdout, stderr } = terminals();
  status.show("busy");
  stdout.write("out\n");
  stderr.write("err\n");
  expect(text()).toBe(`${drawn("busy")}${CLEAR}out\n${drawn("busy")}${CLEAR}err\n${drawn("busy")}`);
});

it("is not shown while a line of other code has no end, and its own lines begin a new one", () => {
  const { status, text, stdout } = terminals();
  status.show("busy");
  stdout.write("12 %");
  status.show("more busy");
  stdout.write("");
  stdout.write("\r24 %");
  expect(text()).toBe(`${drawn("busy")}${CLEAR}12 %\r24 %`);
  status.write("a log line\n");
  expect(text()).toBe(`${drawn("busy")}${CLEAR}12 %\r24 %\na log line\n${drawn("more busy")}`);
});

it("sees the end of a line in bytes too", () => {
  const { status, text, stdout } = terminals();
  stdout.write(Buffer.from("part"));
  status.show("busy");
  expect(text()).toBe("part");
  stdout.write(Buffer.from(" and end\n"));
  expect(text()).toBe(`part and end\n${drawn("busy")}`);
});

it("is as wide as the terminal less one column, however wide its characters are", () => {
  const { status, text, stderr } = terminals();
  status.show("x".repeat(50));
  expect(text()).toBe(drawn(`${"x".repeat(18)}…`));
  stderr.columns = 6;
  status.show("日本日本日本");
  expect(text()).toContain(drawn("日本…"));
});

it.each([
  ["no terminal", false, "xterm"],
  ["a terminal that cannot move its cursor", true, "dumb"],
])("writes plain lines to %s", (_, isTTY, term) => {
  terminals();
  vi.stubEnv("TERM", term);
  const written: string[] = [];
  const stream = { isTTY, columns: 20, write: (text: string) => written.push(text) };
  const status = statusLineOn(stream, []);
  status.show("1 running");
  status.write("a log line\n");
  expect({ written, isLive: status.isLive }).toEqual({ written: ["a log line\n"], isLive: false });
});

it("leaves the streams as they were when it is disposed of", () => {
  const stream = { isTTY: true, columns: 20, write: (_text: string) => true };
  const { write } = stream;
  vi.stubEnv("TERM", "xterm");
  const status = statusLineOn(stream, [stream]);
  expect(stream.write).not.toBe(write);
  status.show("busy");
  status[Symbol.dispose]();
  expect(stream.write).toBe(write);
});
