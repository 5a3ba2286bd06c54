import { join } from "node:path";
import { loadDriver } from "@jobs/adapter-sqlite/driver";
import { type BenchCase, byScale } from "../../harness/bench-case.ts";
import { rateOf } from "../../load/rate.ts";
import { temporaryFolder } from "../../load/temporary-folder.ts";

/** A row as long as our envelope of a no-op job. */
const BODY = "x".repeat(200);

/** The driver alone, on the smallest table that a queue needs, in our default mode: one row, one commit. */
export const rawOneByOne: BenchCase = {
  name: "raw driver, one by one",
  row: { broker: "SQLite", work: "one awaited", by: "raw driver" },
  units: { enqueue: "jobs/s" },
  async run(scale) {
    const jobs = byScale(scale, 10_000, 1_000);
    const database = new (loadDriver())(join(temporaryFolder(), "raw.db"));
    database.exec("PRAGMA journal_mode = wal; PRAGMA synchronous = full");
    database.exec("CREATE TABLE jobs (seq INTEGER PRIMARY KEY, state INTEGER, due INTEGER, body TEXT)");
    database.exec("CREATE INDEX line ON jobs (state, due)");
    const insert = database.prepare("INSERT INTO jobs (state, due, body) VALUES (0, ?, ?)");
    const enqueue = async (count: number) => {
      for (let n = 0; n < count; n++) insert.run(n, BODY);
    };
    await enqueue(jobs);
    return { enqueue: await rateOf(jobs, () => enqueue(jobs)) };
  },
};
