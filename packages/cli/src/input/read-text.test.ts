import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { readLines, readText, readTextFile, readTextFileSync, readTextStream } from "./read-text.ts";

const BAD = Buffer.from([0x61, 0x0a, 0x62, 0xff, 0x63]);
const REFUSED = { status: "refused", reason: "it is not UTF-8 in line 2, from byte 3 on" };

function stream(...chunks: readonly (Buffer | string)[]): Readable {
  return Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
}

async function linesOf(...chunks: readonly (Buffer | string)[]) {
  const lines: unknown[] = [];
  for await (const line of readLines(stream(...chunks)))
    lines.push(line.status === "ok" ? line.text : line.reason);
  return lines;
}

describe("bytes that are to be text", () => {
  it("are refused where they are not UTF-8, naming line and byte, and never changed", async () => {
    expect(readText(BAD)).toEqual(REFUSED);
    expect(await readTextStream(stream(BAD.subarray(0, 3), BAD.subarray(3)))).toEqual(REFUSED);
    expect(readText(Buffer.from("\uFFFD"))).toEqual({ status: "ok", text: "\uFFFD" });
  });

  it("lose a byte order mark at the beginning, and only there", () => {
    expect(readText(Buffer.from("\uFEFFa\uFEFF"))).toEqual({ status: "ok", text: "a\uFEFF" });
  });

  it("are put together from pieces that cut a character in two", async () => {
    const bytes = Buffer.from("a€b");
    expect(await readTextStream(stream(bytes.subarray(0, 2), bytes.subarray(2)))).toMatchObject({
      text: "a€b",
    });
  });

  it("of what is no file are refused with the reason", async () => {
    const folder = mkdtempSync(join(tmpdir(), "text-"));
    mkdirSync(join(folder, "inner"));
    symlinkSync("nowhere", join(folder, "link"));
    writeFileSync(join(folder, "bad"), BAD);
    const reasons = {
      inner: "it is a folder (EISDIR)",
      link: "there is no such file (ENOENT)",
      bad: REFUSED.reason,
    };
    for (const [name, reason] of Object.entries(reasons)) {
      expect(readTextFileSync(join(folder, name))).toEqual({ status: "refused", reason });
      expect(await readTextFile(join(folder, name))).toEqual({ status: "refused", reason });
    }
  });
});

describe("lines", () => {
  it("end at \\n and \\r\\n only", async () => {
    expect(await linesOf('{"a":"\u2028\u2029\u0085"}\r\nb\rc\n\nd')).toEqual([
      '{"a":"\u2028\u2029\u0085"}',
      "b\rc",
      "",
      "d",
    ]);
  });

  it("are the same wherever the stream is cut", async () => {
    const bytes = Buffer.from("\uFEFFä\r\nb€\n\nc");
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(await linesOf(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(["ä", "b€", "", "c"]);
    }
  });

  it("that are not UTF-8 are told with their byte, and do not stop those behind", async () => {
    expect(await linesOf(BAD, "\nd")).toEqual(["a", "it is not UTF-8 from byte 1 on", "d"]);
  });
});
