import { dirname } from "node:path";
import { hasSmallDisk, onSmallDisk } from "@jobs/test-servers";
import { describe, expect, it } from "vitest";
import { SqliteFile } from "../src/storage/sqlite-file.ts";
import { allLines, startChild } from "./child-process.ts";
import { temporaryFile } from "./temporary-file.ts";

const STORE =
  "INSERT INTO messages (queue, state, rank, at, due_at, priority, id, label, body) VALUES (1, 0, 0, 0, 0, 0, ?, '', ?)";

describe("no space left", () => {
  it("refuses new work with a clear error, and finishing what is there goes on [F41]", async () => {
    const file = new SqliteFile(temporaryFile(), { synchronous: "normal" });
    await file.create();
    await file.read((sql) => sql.get("PRAGMA max_page_count = 60"));
    let stored = 0;
    const fill = async () => {
      // Limited, so that a broken test fails instead of filling the machine's disk.
      while (stored < 1_000) {
        await file.write((sql) => sql.run(STORE, `job-${stored}`, "x".repeat(5_000)), { isNewWork: true });
        stored++;
      }
    };
    await expect(fill()).rejects.toMatchObject({
      code: "broker_unavailable",
      retryable: true,
      message: expect.stringContaining("no space is left"),
    });
    expect(stored).toBeGreaterThan(5);
    expect(await file.write((sql) => sql.run("DELETE FROM messages"))).toBe(stored);
    expect(await file.write((sql) => sql.run(STORE, "again", "x"), { isNewWork: true })).toBe(1);
    file.close();
  });

  // Elsewhere a small disk needs rights; the page limit above tests the same errors there.
  if (hasSmallDisk) {
    it("works off every accepted job on a full disk by means of the reserve file, and takes new ones when space is free [F41]", async () => {
      const file = temporaryFile();
      const child = startChild("fill-disk", { file }, onSmallDisk(dirname(file), 32));
      const [line] = await allLines(child);
      const report = JSON.parse(line ?? "");
      const refused = {
        code: "broker_unavailable",
        retryable: true,
        message: expect.stringContaining("no space is left"),
      };
      expect(report).toMatchObject({
        before: null,
        whenFull: refused,
        acked: 1_000,
        meanwhile: refused,
        hasBallast: false,
        afterwards: null,
      });
    });
  }
});
