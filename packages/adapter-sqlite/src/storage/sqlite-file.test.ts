import { expect, it } from "vitest";
import { temporaryFile } from "../../test/temporary-file.ts";
import type { Sql } from "./shared-connection.ts";
import { SqliteFile, type WriteOptions } from "./sqlite-file.ts";

/** As SQLite answers: 1 is normal, 2 is full. */
function waitsForDisk(sql: Sql): boolean {
  return sql.get<{ readonly synchronous: number }>("PRAGMA synchronous")?.synchronous === 2;
}

it("waits for the disk at each write but those that would only be done again", async () => {
  const file = new SqliteFile(temporaryFile(), { synchronous: "full" });
  const ask = (options?: WriteOptions) => file.write(waitsForDisk, options);
  expect(await ask()).toBe(true);
  expect(await ask({ isRepeatable: true })).toBe(false);
  expect(await ask({ isNewWork: true })).toBe(true);
  file.close();
});

it("waits for the disk at no write when synchronous is normal", async () => {
  const file = new SqliteFile(temporaryFile(), { synchronous: "normal" });
  expect(await file.write(waitsForDisk)).toBe(false);
  expect(await file.write(waitsForDisk, { isNewWork: true })).toBe(false);
  file.close();
});
