import { expect, it } from "vitest";
import { temporaryFile, withConnection } from "../../test/temporary-file.ts";
import { rowsBySeq, runOnRows } from "./rows-by-seq.ts";
import { Sql } from "./shared-connection.ts";

const pausing = rowsBySeq((where) => `UPDATE queues SET is_paused = ?3 WHERE ${where}`.replace("seq", "id"));

it.each([
  ["one", [3]],
  ["neighbours", [2, 3, 4]],
  ["rows with a gap", [1, 3, 4]],
  ["rows in another order", [4, 3, 2]],
  ["one of them twice, as many as from the first to the last", [2, 2, 4]],
])("a statement on %s changes these and no others", async (_, seqs) => {
  await withConnection(temporaryFile(), (connection) => {
    const sql = new Sql(connection);
    connection.exec("CREATE TABLE queues (id INTEGER PRIMARY KEY, is_paused INTEGER NOT NULL DEFAULT 0)");
    connection.exec("INSERT INTO queues (id) VALUES (1), (2), (3), (4), (5)");
    const chosen = [...new Set(seqs)].sort();
    expect(runOnRows(sql, pausing, seqs, [1])).toBe(chosen.length);
    const changed = sql.all<{ readonly id: number }>("SELECT id FROM queues WHERE is_paused = 1 ORDER BY id");
    expect(changed.map(({ id }) => id)).toEqual(chosen);
  });
});
