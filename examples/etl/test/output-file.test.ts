import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { OutputFile, publishJournal, readWritten } from "../src/output-file.ts";
import type { ProcessedRecord } from "../src/tasks.ts";
import { type WorkFolder, workFolder } from "../src/work-folder.ts";

let files: WorkFolder;

beforeEach(() => {
  files = workFolder(mkdtempSync(join(tmpdir(), "etl-")));
  mkdirSync(files.state);
});

function recordNumber(number: number): ProcessedRecord {
  return {
    id: `film-${number}`,
    source: "s",
    title: `Title "${number}"\n`,
    message: "m",
    author: "ä",
    creation_date: "1999-04-04T00:00:00Z",
    tags: [],
    retries: 1,
  };
}

function published(): readonly { readonly id: string }[] {
  return JSON.parse(readFileSync(files.output, "utf8"));
}

describe("the output", () => {
  it("is in the order of completion, without retries, and valid before the first record [E9]", () => {
    publishJournal(files);
    expect(published()).toEqual([]);
    const output = new OutputFile(files);
    for (const number of [3, 1, 2]) output.append(recordNumber(number));
    output.publish();
    const { retries: _retries, ...shown } = recordNumber(3);
    expect(published()[0]).toEqual(shown);
    expect(published().map(({ id }) => id)).toEqual(["film-3", "film-1", "film-2"]);
  });

  it("is valid JSON after every single record [E9]", () => {
    const output = new OutputFile(files);
    for (let number = 0; number < 200; number++) {
      output.append(recordNumber(number));
      expect(published().length).toBeLessThanOrEqual(number + 1);
    }
  });

  it("has a record once that is appended twice, by this writer or the next [E17]", () => {
    for (const output of [new OutputFile(files), new OutputFile(files)]) {
      output.append(recordNumber(1));
      output.append(recordNumber(1));
    }
    publishJournal(files);
    expect(published()).toHaveLength(1);
  });

  it("a record that a killed writer left half written counts as absent, and harms no other [E20]", () => {
    new OutputFile(files).append(recordNumber(1));
    const line = JSON.stringify(recordNumber(2));
    for (const end of [1, Math.floor(line.length / 2), line.length - 1]) {
      appendFileSync(files.journal, line.slice(0, end));
      new OutputFile(files).append(recordNumber(end + 10));
    }
    const next = new OutputFile(files);
    next.append(recordNumber(2));
    next.publish();
    expect(published().filter(({ id }) => id === "film-2")).toHaveLength(1);
    expect(published()).toHaveLength(5);
    expect(readWritten(files.journal)).toHaveLength(5);
  });

  it("a record costs one appended line, however many are there [E20]", () => {
    const output = new OutputFile(files);
    const sizes = Array.from({ length: 100 }, (_, number) => {
      output.append(recordNumber(100 + number));
      return statSync(files.journal).size;
    });
    const lineLength = Buffer.byteLength(`${JSON.stringify(recordNumber(100))}\n`);
    expect(sizes).toEqual(sizes.map((_, index) => (index + 1) * lineLength));
  });
});
