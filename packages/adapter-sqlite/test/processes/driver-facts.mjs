import { readdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { chooseDriver, loadDriver } from "../../dist/driver/sqlite-driver.js";
import { Sql } from "../../dist/storage/shared-connection.js";
import { describeFault } from "../../dist/storage/sqlite-fault.js";
import { broker, options, say } from "./options.mjs";

// Tells how the driver behaves where drivers differ; each must give the same answers.
await broker.close();
chooseDriver(options.driver);
const Driver = loadDriver();
const { file } = options;
const connection = new Driver(file);
const sql = new Sql(connection);

/** The error of `work` as users see it, without the text of SQLite. */
function faultOf(work) {
  try {
    return work();
  } catch (error) {
    const { code, retryable, message } = describeFault(error, { kind: "sqlite", file: "FILE" });
    return { code, retryable, says: message.slice(message.indexOf("FILE") + 4) };
  }
}

function withFile(path, content, work) {
  if (content !== undefined) writeFileSync(path, content);
  let other;
  try {
    other = new Driver(path);
    return work(other);
  } finally {
    other?.close();
  }
}

connection.exec("PRAGMA journal_mode = wal; PRAGMA busy_timeout = 0");
connection.exec("CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT");
const values = {
  text: sql.get("SELECT ?1 AS value", "a\0b\ud800ü🙂").value,
  repeatedParameters: { ...sql.get("SELECT ?2 AS b, ?1 AS a, ?2 AS c", 1, "x") },
  missingParameter: { ...sql.get("SELECT ?1 AS a, ?2 AS b", 1) },
  fraction: sql.get("SELECT ? AS value", 0.1).value,
  noRow: sql.get("SELECT 1 AS value WHERE ?1", 0),
  largest: sql.get("SELECT ? AS value", Number.MAX_SAFE_INTEGER).value,
  inserted: [
    sql.insert("INSERT INTO t VALUES (?1, 'a'), (NULL, 'b')", 7),
    sql.run("DELETE FROM t WHERE n = 7"),
  ],
  returned: sql.all("UPDATE t SET text = ?1 RETURNING n, text", "c").map((row) => ({ ...row })),
  blob: [...sql.get("SELECT x'00ff41' AS value").value],
  type: sql.get("INSERT INTO t VALUES (?1, 'd') RETURNING typeof(n) AS value", 9).value,
};

// The driver for older Node keeps what it has closed, so two connections of a process need a file of their own.
const [other, locked] = [new Driver(`${file}-locked`), new Driver(`${file}-locked`)];
other.exec("CREATE TABLE t (n)");
other.exec("BEGIN IMMEDIATE");
const faults = {
  tooLarge: faultOf(() => sql.get("SELECT 9007199254740993 AS value")),
  locked: faultOf(() => locked.exec("BEGIN IMMEDIATE")),
  lockedStatement: faultOf(() => locked.prepare("BEGIN IMMEDIATE").run()),
  constraint: faultOf(() =>
    withFile(":memory:", undefined, (d) =>
      d.exec("CREATE TABLE u (n UNIQUE); INSERT INTO u VALUES (1), (1)"),
    ),
  ),
  full: faultOf(() =>
    withFile(":memory:", undefined, (d) =>
      d.exec("PRAGMA max_page_count = 2; CREATE TABLE a (n); CREATE TABLE b (n); CREATE TABLE c (n)"),
    ),
  ),
  readOnly: faultOf(() =>
    withFile(":memory:", undefined, (d) => d.exec("PRAGMA query_only = 1; CREATE TABLE a (n)")),
  ),
  notADatabase: faultOf(() =>
    withFile(`${file}-text`, "name,age\n".repeat(500), (d) => d.prepare("SELECT * FROM sqlite_schema").get()),
  ),
  folder: faultOf(() => withFile(dirname(file), undefined, () => undefined)),
  noFolder: faultOf(() => withFile(`${file}/nope/jobs.db`, undefined, () => undefined)),
  syntax: faultOf(() => connection.exec("SELEC")),
};
other.rollback();
other.rollback();
other.exec("BEGIN IMMEDIATE");
other.rollback();
const afterRollback = faultOf(() => locked.exec("INSERT INTO t VALUES (1)")) ?? "not locked";
other.close();
locked.close();
connection.close();
const files = readdirSync(dirname(file)).filter((name) => /^jobs\.db(-wal|-shm)?$/.test(name));
say(JSON.stringify({ values, faults, afterRollback, files }));
