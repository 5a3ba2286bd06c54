import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { sqlite, sqliteResults } from "../src/index.ts";
import { temporaryFile } from "./temporary-file.ts";

const message = (id: string) => ({ id, label: "test", body: JSON.stringify({ id }) });

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

it("reading makes no file, and finds an empty queue", async () => {
  const file = temporaryFile();
  const broker = sqlite({ file });
  const results = sqliteResults({ file });
  const queue = await broker.openQueue("work");
  expect(broker.absence?.()).toBe(`${file} does not exist`);
  expect(await queue.stats()).toMatchObject({ ready: { n: 0 }, dead: { n: 0 }, isPaused: false });
  expect(await queue.peek({ state: "dead", limit: 5 })).toEqual({ messages: [] });
  expect(await queue.remove(["a"])).toMatchObject([{ status: "not_found" }]);
  expect(await queue.redrive({ limit: 5 })).toEqual({ moved: 0 });
  await queue.purge();
  expect(await broker.coordination?.list("workers")).toEqual([]);
  expect(await results.get("a")).toBeUndefined();
  expect(await results.prune()).toBe(0);
  expect(readdirSync(dirname(file))).toEqual([]);
  await queue.send([message("a")]);
  expect(broker.absence?.()).toBeUndefined();
  expect(await queue.stats()).toMatchObject({ ready: { n: 1 } });
  await Promise.all([broker.close(), results.close()]);
});

it.each(["jobs.config.ts", "jobs.config.yml"])(
  "a relative path starts beside the nearest %s upwards",
  async (name) => {
    const folder = dirname(temporaryFile());
    writeFileSync(join(folder, name), "");
    mkdirSync(join(folder, "sub", "deeper"), { recursive: true });
    vi.spyOn(process, "cwd").mockReturnValue(join(folder, "sub", "deeper"));
    expect(sqlite({ file: ".jobs/jobs.db" }).absence?.()).toBe(
      `${join(folder, ".jobs", "jobs.db")} does not exist`,
    );
  },
);

it("a relative path starts beside the configuration that JOBS_CONFIG names, before any other", () => {
  const folder = dirname(temporaryFile());
  vi.stubEnv("JOBS_CONFIG", join(folder, "jobs.config.ts"));
  expect(sqlite({ file: "jobs.db" }).absence?.()).toBe(`${join(folder, "jobs.db")} does not exist`);
});
