import { copyFileSync, existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { sqlite } from "../src/index.ts";
import { LOG_BYTES_KEPT } from "../src/storage/open-connection.ts";
import { SqliteFile } from "../src/storage/sqlite-file.ts";
import { nextLine, startChild } from "./child-process.ts";
import { temporaryFile } from "./temporary-file.ts";

const message = (id: string) => ({ id, label: "test", body: JSON.stringify({ id }) });
const HAS_DESCRIPTORS = existsSync("/proc/self/fd");

describe("a file whose users have closed it", () => {
  it("holds everything by itself, and no log lies beside it", async () => {
    const file = temporaryFile();
    const broker = sqlite({ file });
    await (await broker.openQueue("work")).send([message("a"), message("b")]);
    await broker.close();
    expect(readdirSync(dirname(file)).filter((name) => /-(wal|shm)$/.test(name))).toEqual([]);
    const copy = join(dirname(file), "copy.db");
    copyFileSync(file, copy);
    const copied = sqlite({ file: copy });
    expect(await (await copied.openQueue("work")).stats()).toMatchObject({ ready: { n: 2 } });
    await copied.close();
  });

  it("holds everything by itself also while another process has it open", async () => {
    const file = temporaryFile();
    const other = startChild("serve-lines", { file });
    await nextLine(other);
    const broker = sqlite({ file });
    await (await broker.openQueue("work")).send([message("a")]);
    await broker.close();
    const copy = join(dirname(file), "copy.db");
    copyFileSync(file, copy);
    const copied = sqlite({ file: copy });
    expect(await (await copied.openQueue("work")).stats()).toMatchObject({ ready: { n: 1 } });
    await copied.close();
    other.process.stdin.end();
    await other.done;
  });

  it.runIf(HAS_DESCRIPTORS)("leaves no more than one descriptor, however often it was opened", async () => {
    const file = temporaryFile();
    const child = startChild("open-and-close", { file, times: 50 });
    const { left, files } = JSON.parse(await nextLine(child));
    await child.done;
    expect(left).toBeLessThanOrEqual(1);
    expect(files).toEqual(["jobs.db", "jobs.db-reserve"]);
  });

  it("keeps its log short after a long one", async () => {
    const opened = new SqliteFile(temporaryFile(), { synchronous: "full" });
    await opened.create();
    const limit = await opened.read(
      (sql) =>
        sql.get<{ readonly journal_size_limit: number }>("PRAGMA journal_size_limit")?.journal_size_limit,
    );
    opened.close();
    expect(limit).toBe(LOG_BYTES_KEPT);
  });
});
