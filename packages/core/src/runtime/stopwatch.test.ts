import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { expect, it } from "vitest";
import { startStopwatch, starvedMs } from "./stopwatch.ts";

it("counts no more than the time that has gone by", async () => {
  const startedAt = performance.now();
  const elapsedMs = startStopwatch();
  await once(spawn(process.execPath, ["-e", ""]), "exit");
  expect(elapsedMs()).toBeLessThanOrEqual(performance.now() - startedAt);
});

it.runIf(existsSync("/proc/pressure/cpu"))(
  "does not count time in which programs had to wait for a processor",
  async () => {
    const spinning = "for (const end = Date.now() + 1_000; Date.now() < end; );";
    const before = starvedMs();
    const elapsedMs = startStopwatch();
    const startedAt = performance.now();
    // More programs than processors, so that one of them always waits.
    const programs = Array.from({ length: availableParallelism() * 2 }, () =>
      spawn(process.execPath, ["-e", spinning]),
    );
    await Promise.all(programs.map((program) => once(program, "exit")));
    const [wallMs, starved] = [performance.now() - startedAt, starvedMs() - before];
    expect(starved).toBeGreaterThan(200);
    expect(elapsedMs()).toBeLessThan(wallMs - 200);
  },
);
