import { statSync } from "node:fs";
import { expect, it } from "vitest";
import { countSyncs, refuseNextSync } from "../../test/count-syncs.ts";
import { temporaryFile } from "../../test/temporary-file.ts";
import { SqliteFile, type WriteOptions } from "./sqlite-file.ts";

/** The number of waits for the disk in a write with each of the options. */
async function waitsOf(synchronous: "full" | "normal", all: readonly WriteOptions[]): Promise<number[]> {
  const syncs = countSyncs();
  const file = new SqliteFile(temporaryFile(), { synchronous });
  const waits: number[] = [];
  for (const options of all) {
    const before = syncs();
    await file.write((sql) => sql.run("INSERT INTO queues (name) VALUES (hex(randomblob(8)))"), options);
    waits.push(syncs() - before);
  }
  file.close();
  return waits;
}

it("waits for the disk at each write but those that would only be done again", async () => {
  const waits = await waitsOf("full", [{}, { isRepeatable: true }, { isNewWork: true }, {}]);
  expect(waits).toEqual([1, 0, 1, 1]);
});

it("waits for the disk at no write when synchronous is normal", async () => {
  expect(await waitsOf("normal", [{}, { isNewWork: true }])).toEqual([0, 0]);
});

it("has committed and freed the file before it waits for the disk", async () => {
  const path = temporaryFile();
  const [first, second] = [1, 2].map(() => new SqliteFile(path, { synchronous: "full" })) as [
    SqliteFile,
    SqliteFile,
  ];
  const count = () => second.read((sql) => sql.get<{ n: number }>("SELECT count(*) AS n FROM queues")?.n);
  const writing = first.write((sql) => sql.run("INSERT INTO queues (name) VALUES ('work')"));
  expect(await count()).toBe(1);
  await writing;
  first.close();
  second.close();
});

it("rejects a write that the disk refused, and makes the log begin anew before the next", async () => {
  const path = temporaryFile();
  const logBytes = () => statSync(`${path}-wal`).size;
  const file = new SqliteFile(path, { synchronous: "full" });
  await file.create();
  refuseNextSync();
  const refused = file.write((sql) => sql.run("INSERT INTO queues (name) VALUES ('work')"));
  await expect(refused).rejects.toMatchObject({ code: "broker_unavailable", maybeSent: true });
  expect(logBytes()).toBeGreaterThan(0);
  expect(await file.write(logBytes)).toBe(0);
  expect(await file.read((sql) => sql.all("SELECT name FROM queues"))).toEqual([{ name: "work" }]);
  file.close();
});
