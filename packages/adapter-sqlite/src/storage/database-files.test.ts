import {
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { temporaryFile } from "../../test/temporary-file.ts";
import { OpenedFiles, SETTLED_MS } from "./database-files.ts";
import { ReserveFile } from "./reserve-file.ts";

/** A database's files, with content that none of the tests reads. */
function makeFiles(): string {
  const path = temporaryFile();
  for (const suffix of ["", "-wal", "-shm"]) writeFileSync(`${path}${suffix}`, suffix);
  return path;
}

async function settle(files: OpenedFiles): Promise<void> {
  await vi.waitFor(() => {
    expect(files.findLost()).toBeUndefined();
    expect(files.settledFolder).toBeDefined();
  });
}

function replace(path: string): void {
  copyFileSync(path, `${path}.copy`);
  renameSync(`${path}.copy`, path);
}

it("looks at the folder alone only after it has stayed the same for a while [F50]", () => {
  let now = 5;
  const path = makeFiles();
  const files = new OpenedFiles(path, () => now);
  const check = (afterMs: number) => {
    now += afterMs;
    files.findLost();
    return files.settledFolder !== undefined;
  };
  expect([check(SETTLED_MS), check(SETTLED_MS - 1), check(1), check(0)]).toEqual([false, false, true, true]);
  writeFileSync(`${path}-other`, "");
  expect([check(0), check(SETTLED_MS - 1), check(1)]).toEqual([false, false, true]);
});

it.each(["", "-wal", "-shm"])(
  "in a settled folder, finds that the file with %j is another one [F50]",
  async (suffix) => {
    const path = makeFiles();
    const files = new OpenedFiles(path);
    await settle(files);
    replace(`${path}${suffix}`);
    expect(files.findLost()).toMatchObject({ path: `${path}${suffix}` });
  },
);

it.each(["", "-wal", "-shm"])(
  "in a settled folder, finds that the file with %j is missing [F50]",
  async (suffix) => {
    const path = makeFiles();
    const files = new OpenedFiles(path);
    await settle(files);
    rmSync(`${path}${suffix}`);
    expect(files.findLost()).toMatchObject({ path: `${path}${suffix}`, isSafeToClose: true });
  },
);

it("tells that a file was removed beside those of the database: the reserve file is looked for again [F50]", async () => {
  const path = makeFiles();
  const reserve = new ReserveFile(path);
  reserve.hold();
  const files = new OpenedFiles(path);
  await settle(files);
  reserve.hold(files.settledFolder);
  const before = files.settledFolder;
  files.findLost();
  expect(files.settledFolder).toBe(before);
  rmSync(`${path}-reserve`);
  files.findLost();
  reserve.hold(files.settledFolder);
  expect(existsSync(`${path}-reserve`)).toBe(true);
  await settle(files);
  expect(files.settledFolder).not.toBe(before);
});

it("finds a replaced file in a folder that got its old times back, as from a backup [F50]", async () => {
  const path = makeFiles();
  const asInBackup = () => utimesSync(dirname(path), 1_700_000_000.5, 1_700_000_000.5);
  asInBackup();
  const files = new OpenedFiles(path);
  await settle(files);
  replace(path);
  asInBackup();
  expect(files.findLost()).toMatchObject({ path });
});

it("finds that another folder is in the place of a settled one [F50]", async () => {
  const path = makeFiles();
  const files = new OpenedFiles(path);
  await settle(files);
  const away = `${dirname(path)}.away`;
  onTestFinished(() => rmSync(away, { recursive: true, force: true }));
  renameSync(dirname(path), away);
  expect(files.findLost()).toMatchObject({ path });
  mkdirSync(dirname(path));
  expect(files.findLost()).toMatchObject({ path });
});

it("always looks at a file behind a symbolic link: a change there leaves the link's folder as it is [F50]", () => {
  let now = 0;
  const target = makeFiles();
  const folder = join(dirname(target), "links");
  mkdirSync(folder);
  const link = join(folder, "jobs.db");
  symlinkSync(target, link);
  const files = new OpenedFiles(link, () => now);
  for (let check = 0; check < 3; check++) {
    expect(files.findLost()).toBeUndefined();
    expect(files.settledFolder).toBeUndefined();
    now += SETTLED_MS;
  }
  replace(target);
  expect(files.findLost()).toMatchObject({ path: link });
});
