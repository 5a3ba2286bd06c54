import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { sqlite } from "../src/index.ts";
import { MIGRATIONS } from "../src/storage/schema.ts";
import { temporaryFile, withConnection } from "./temporary-file.ts";

const message = (id: string) => ({ id, label: "test", body: JSON.stringify({ id }) });

/** A directory in which this user cannot make a file; for root, one of the kernel. */
function readOnlyDirectory(file: string): string {
  if (process.getuid?.() === 0) return "/sys";
  chmodSync(dirname(file), 0o555);
  return dirname(file);
}

function refusal(file: string, text: string) {
  const opening = sqlite({ file }).openConsumer("work", { leaseMs: 1_000 });
  return expect(opening).rejects.toMatchObject({
    code: "invalid_config",
    message: expect.stringContaining(text),
    hint: expect.anything(),
  });
}

describe("a file that cannot be used is refused when a worker opens a queue", () => {
  it("a read-only directory [F40]", async () => {
    const directory = readOnlyDirectory(temporaryFile());
    await refusal(join(directory, "jobs.db"), "cannot be opened for writing");
    await refusal(join(directory, "made", "jobs.db"), "cannot be opened for writing");
  });

  it.runIf(existsSync("/proc/self"))("a missing directory of the kernel, at once [F40]", async () => {
    await refusal("/proc/nope/deeper/jobs.db", "cannot be opened for writing");
  });

  it("a file in place of a directory", async () => {
    const file = temporaryFile();
    writeFileSync(file, "");
    await refusal(join(file, "made", "jobs.db"), "cannot be opened for writing");
  });

  it("a directory in place of a file", async () => {
    const file = temporaryFile();
    mkdirSync(file);
    await refusal(file, "cannot be opened for writing");
  });

  it("a file that is no database", async () => {
    const file = temporaryFile();
    writeFileSync(file, "name,age\nAda,36\n".repeat(500));
    await refusal(file, "is not a SQLite database");
    expect(readFileSync(file, "utf8")).toContain("Ada");
  });

  it("the database of another program, which stays as it is", async () => {
    const file = temporaryFile();
    await withConnection(file, (connection) => connection.exec("CREATE TABLE customers (name TEXT)"));
    const before = readFileSync(file);
    await refusal(file, "is the database of another program");
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it("a file of a newer release", async () => {
    const file = temporaryFile();
    const broker = sqlite({ file });
    await broker.openConsumer("work", { leaseMs: 1_000 });
    await broker.close();
    await withConnection(file, (connection) =>
      connection.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`),
    );
    await refusal(file, `has schema version ${MIGRATIONS.length + 1}`);
  });

  it.each([":memory:", "", "file:jobs.db"])("a path that is no file's: %j", (file) => {
    expect(() => sqlite({ file })).toThrow(
      expect.objectContaining({ code: "invalid_config", hint: expect.stringContaining("memory()") }),
    );
  });
});

describe("a file that goes bad in use", () => {
  it("what was left at its path by a killed process is not opened in its place [F50]", async () => {
    const file = temporaryFile();
    writeFileSync(file, "The database is elsewhere.");
    writeFileSync(`${file}-kept`, "");
    await expect(sqlite({ file }).openConsumer("work", { leaseMs: 1_000 })).rejects.toMatchObject({
      code: "broker_unavailable",
      retryable: true,
      hint: expect.stringContaining("rename"),
    });
    expect(readFileSync(file, "utf8")).toBe("The database is elsewhere.");
  });

  it("a damaged database is reported, never an empty queue [F41]", async () => {
    const file = temporaryFile();
    const first = sqlite({ file });
    await (await first.openQueue("work")).send(
      Array.from({ length: 500 }, (_, index) => message(`job-${index}`)),
    );
    await withConnection(file, (connection) => connection.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get());
    await first.close();
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 4096);
    writeFileSync(file, bytes);
    const broker = sqlite({ file });
    const receiving = broker
      .openConsumer("work", { leaseMs: 1_000 })
      .then((consumer) => consumer.receive({ max: 1, waitMs: 0, signal: new AbortController().signal }));
    await expect(receiving).rejects.toMatchObject({
      code: "broker_unavailable",
      retryable: false,
      message: expect.stringContaining("damaged"),
    });
    await broker.close();
  });

  it.each(["deleted", "replaced"])(
    "a %s file is reported once, then what is there now is used [F40]",
    async (fate) => {
      const file = temporaryFile();
      const broker = sqlite({ file });
      const queue = await broker.openQueue("work");
      await queue.send([message("lost")]);
      for (const suffix of ["-wal", "-shm"]) rmSync(file + suffix, { force: true });
      rmSync(file);
      if (fate === "replaced") {
        const other = sqlite({ file: `${file}.new` });
        await (await other.openQueue("work")).send([message("restored")]);
        await withConnection(`${file}.new`, (connection) =>
          connection.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get(),
        );
        await other.close();
        renameSync(`${file}.new`, file);
      }
      await expect(queue.send([message("early")])).rejects.toMatchObject({
        code: "broker_unavailable",
        retryable: true,
        message: expect.stringContaining("deleted or replaced"),
      });
      expect((await queue.stats()).ready.n).toBe(fate === "replaced" ? 1 : 0);
      expect(await queue.send([message("later")])).toMatchObject([{ status: "sent" }]);
      await broker.close();
    },
  );
});
