import { expect, it } from "vitest";
import { temporaryFile } from "../../test/temporary-file.ts";
import { loadDriver } from "../driver/sqlite-driver.ts";
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
