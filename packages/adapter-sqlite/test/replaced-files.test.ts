import { copyFileSync, mkdirSync, renameSync, rmSync, truncateSync } from "node:fs";
import { dirname } from "node:path";
import { expect, it } from "vitest";
import { type Child, nextLine, startChild } from "./child-process.ts";
import { temporaryFile } from "./temporary-file.ts";

async function ask(child: Child, line: string): Promise<unknown> {
  child.process.stdin.write(`${line}\n`);
  return JSON.parse(await nextLine(child));
}

async function start(file: string): Promise<Child> {
  const child = startChild("serve-lines", { file });
  await nextLine(child);
  return child;
}

async function end(child: Child): Promise<void> {
  child.process.stdin.end();
  await child.done;
}

/** A new process after a kill; only jobs that the killed one reported as stored count. */
async function startAfterKill(child: Child, file: string): Promise<Child> {
  child.process.kill("SIGKILL");
  await child.done.catch(() => undefined);
  return start(file);
}

/** Repeats a refused call; restarts a process that cannot continue, as its error says. */
async function askPatiently(
  child: Child,
  file: string,
  line: string,
): Promise<{ child: Child; answer: unknown }> {
  const answer = await ask(child, line);
  if (!(answer !== null && typeof answer === "object" && "code" in answer)) return { child, answer };
  expect(answer).toMatchObject({ code: "broker_unavailable" });
  const again = await ask(child, line);
  if (!(again !== null && typeof again === "object" && "code" in again)) return { child, answer: again };
  await end(child);
  const next = await start(file);
  return { child: next, answer: await ask(next, line) };
}

const NEW = Array.from({ length: 5 }, (_, n) => `new-${n}`);

it.each([[["-shm"]], [["-wal"]], [["-shm", "-wal"]]])(
  "after %j was deleted under a running process, what others and it itself store is counted and delivered [F50]",
  async (suffixes) => {
    const file = temporaryFile();
    const worker = await start(file);
    expect(await ask(worker, "send old")).toBe("sent");
    for (const suffix of suffixes) rmSync(`${file}${suffix}`);
    if (!suffixes.includes("-wal")) {
      const sender = await start(file);
      for (const id of NEW) expect(await ask(sender, `send ${id}`)).toBe("sent");
      await end(sender);
    }
    const asked = await askPatiently(worker, file, "send own");
    expect(asked.answer).toBe("sent");
    // The content of a deleted log is lost with its process.
    const child = suffixes.includes("-wal") ? await startAfterKill(asked.child, file) : asked.child;
    const expected = [...(suffixes.includes("-wal") ? [] : NEW), "old", "own"].sort();
    expect(await ask(child, "count")).toBe(expected.length);
    expect(await ask(child, "take")).toEqual(expected);
    await end(child);
  },
);

it("a log that others have begun anew is theirs: nothing they have stored is lost [F50]", async () => {
  const file = temporaryFile();
  const worker = await start(file);
  expect(await ask(worker, "send old")).toBe("sent");
  rmSync(`${file}-wal`);
  rmSync(`${file}-shm`);
  const first = await start(file);
  expect(await ask(first, "send new")).toBe("sent");
  const { child, answer } = await askPatiently(worker, file, "send own");
  expect(answer).toBe("sent");
  const last = await startAfterKill(child, file);
  await end(first);
  expect(await ask(last, "take")).toEqual(expect.arrayContaining(["new", "own"]));
  await end(last);
});

it.each([
  ["moved away", (file: string) => renameSync(file, `${file}.away`)],
  [
    "replaced by a copy",
    (file: string) => {
      copyFileSync(file, `${file}.copy`);
      renameSync(`${file}.copy`, file);
    },
  ],
  [
    "lost with its folder, which was made anew",
    (file: string) => {
      renameSync(dirname(file), `${dirname(file)}.away`);
      mkdirSync(dirname(file));
    },
  ],
])("a file that was %s refuses once, and then stores into what is there [F50]", async (_, change) => {
  const file = temporaryFile();
  const worker = await start(file);
  expect(await ask(worker, "send old")).toBe("sent");
  change(file);
  expect(await ask(worker, "send own")).toMatchObject({ code: "broker_unavailable" });
  expect(await ask(worker, "send own")).toBe("sent");
  const onlooker = await start(file);
  expect(await ask(onlooker, "take")).toContain("own");
  await Promise.all([end(onlooker), end(worker)]);
  rmSync(`${dirname(file)}.away`, { recursive: true, force: true });
});

it("a file that was cut to nothing is an error, not an empty queue that says sent [F50]", async () => {
  const file = temporaryFile();
  const first = await start(file);
  expect(await ask(first, "send old")).toBe("sent");
  await end(first);
  const worker = await start(file);
  expect(await ask(worker, "count")).toBe(1);
  truncateSync(file, 0);
  expect(await ask(worker, "send own")).toMatchObject({ code: "broker_unavailable" });
  worker.process.kill("SIGKILL");
  await worker.done;
});
