import { statSync } from "node:fs";
import { expect, it } from "vitest";
import { temporaryFile } from "../../test/temporary-file.ts";
import { loadDriver } from "../driver/sqlite-driver.ts";
import { sqliteResults } from "../results/sqlite-results.ts";
import { sqlite } from "../sqlite.ts";
import { LOG_BYTES, openConnection } from "./open-connection.ts";
import { APPLICATION_ID, MIGRATIONS } from "./schema.ts";

it.each([512, 4_096, 65_536])(
  "the log of a file with pages of %i bytes stays as long as its reserve file has room for",
  async (pageBytes) => {
    const driver = loadDriver();
    const path = temporaryFile();
    const maker = new driver(path);
    maker.exec(
      `PRAGMA page_size = ${pageBytes}; PRAGMA journal_mode = wal; CREATE TABLE gone (n); DROP TABLE gone`,
    );
    maker.close();
    const connection = openConnection(driver, path);
    const { wal_autocheckpoint: logPages } = connection.prepare("PRAGMA wal_autocheckpoint").get() as {
      wal_autocheckpoint: number;
    };
    expect(connection.prepare("PRAGMA page_size").get()).toEqual({ page_size: pageBytes });
    expect(logPages * pageBytes).toBe(LOG_BYTES);
    connection.close();
  },
);

it("the log is not cut when it begins anew", () => {
  const path = temporaryFile();
  const connection = openConnection(loadDriver(), path);
  connection.exec("PRAGMA synchronous = off; CREATE TABLE filler (text)");
  const insert = connection.prepare("INSERT INTO filler VALUES (?)");
  const fill = () => {
    for (let written = 0; written < LOG_BYTES; written += 200_000) insert.run("x".repeat(200_000));
    return statSync(`${path}-wal`).size;
  };
  const first = fill();
  expect(first).toBeGreaterThan(LOG_BYTES);
  for (let rounds = 0; rounds < 3; rounds++) expect(fill()).toBeGreaterThanOrEqual(first);
  connection.close();
});

it("results and messages of an earlier release are found in the tables of this one", async () => {
  const path = temporaryFile();
  const earlier = new (loadDriver())(path);
  const before = MIGRATIONS.slice(0, 9);
  earlier.exec(
    `PRAGMA journal_mode = wal; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${before.length};
    ${before.join("")}
    INSERT INTO queues (name, ready, entered) VALUES ('work', 1, 1);
    INSERT INTO messages (queue, state, rank, at, due_at, priority, id, label, body)
      VALUES (1, 0, 19, 5, 5, 0, 'job-2', 'test', '{}');
    INSERT INTO results (id, status, result, expires_at) VALUES
      ('job-1', 'succeeded', '{"id":"job-1","task":"test","status":"succeeded","finishedAt":1}', NULL),
      ('job-0', 'succeeded', '{"id":"job-0","task":"test","status":"succeeded","finishedAt":1}', 1)`,
  );
  earlier.close();
  const [broker, results] = [sqlite({ file: path }), sqliteResults({ file: path })];
  expect(await results.get("job-1")).toMatchObject({ status: "succeeded" });
  expect(await results.prune()).toBe(1);
  const consumer = await broker.openConsumer("work", { leaseMs: 60_000 });
  const signal = new AbortController().signal;
  expect(await consumer.receive({ max: 2, waitMs: 0, signal })).toMatchObject([{ messageId: "job-2" }]);
  await Promise.all([broker.close(), results.close()]);
});

it("is ours also when another process makes it between two looks", async () => {
  const Driver = loadDriver();
  const file = temporaryFile();
  let looks = 0;
  class Overtaken extends Driver {
    override prepare(sql: string) {
      if (++looks === 2) openConnection(Driver, file).close();
      return super.prepare(sql);
    }
  }
  const connection = openConnection(Overtaken, file);
  expect(looks).toBeGreaterThan(2);
  connection.close();
});

it("counts what an earlier release has stored as having come in once", async () => {
  const driver = loadDriver();
  const path = temporaryFile();
  const earlier = new driver(path);
  const before = MIGRATIONS.slice(0, 3);
  earlier.exec(
    `PRAGMA journal_mode = wal; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${before.length};
    ${before.join("")} INSERT INTO queues (name, ready, delayed, leased, dead) VALUES ('work', 4, 3, 2, 1)`,
  );
  earlier.close();
  const connection = openConnection(driver, path);
  expect(connection.prepare("SELECT entered FROM queues").get()).toEqual({ entered: 10 });
  connection.close();
});
