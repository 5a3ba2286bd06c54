import { describe, expect, it } from "vitest";
import { recordOf } from "../src/records.ts";
import { ExampleFolder, expectedEnds } from "./example-run.ts";
import { FILMS, idsOfWholeFilms } from "./films.ts";

const FAST = { LIMIT: "300", PROCESSING_TIME: "0.02", DELAY_TIME: "0.1", FAILURE_RATE: "50", WORKERS: "4" };

describe("npm start", { timeout: 90_000 }, () => {
  const folder = new ExampleFolder();

  it("brings every record to the output or to the dead letters, and the table adds up [E1 E7 E9 E13 E15]", async () => {
    const run = folder.start(FAST);
    let isRunning = true;
    const ended = run.end().finally(() => {
      isRunning = false;
    });
    const seen = new Set<number>();
    const look = () => {
      seen.add(folder.writtenIds().length);
      return isRunning;
    };
    await expect.poll(look, { interval: 5, timeout: 80_000 }).toBe(false);
    expect(await ended, run.stderr).toBe(0);

    const { written, dead } = expectedEnds(FAST);
    expect(dead.length).toBeGreaterThan(0);
    expect(folder.writtenIds().toSorted()).toEqual(written);
    expect(run.count("records")).toBe(300);
    expect(run.count("accepted")).toBe(idsOfWholeFilms(300).length);
    expect(run.count("refused")).toBe(300 - idsOfWholeFilms(300).length);
    expect(run.count("succeeded")).toBe(written.length);
    expect(run.count("retried")).toBeGreaterThan(0);
    expect(run.count("dead")).toBe(dead.length);
    expect(seen.size, "the output grew while the run went on").toBeGreaterThan(2);
    const running = [...run.stderr.matchAll(/(\d+) running/g)].map((match) => Number(match[1]));
    expect(Math.max(...running)).toBeLessThanOrEqual(4);
  });

  it("jobs dlq list shows each dead one, run three times, its parameters as they were sent [E5 E6 E7]", async () => {
    const run = folder.jobs(["dlq", "list", "--queues", "etl", "--params", "--json"]);
    expect(await run.end(), run.stderr).toBe(0);
    const { jobs } = JSON.parse(run.stdout) as {
      readonly jobs: readonly { readonly id: string; readonly params: object }[];
    };
    expect(jobs.map(({ id }) => id).toSorted()).toEqual(expectedEnds(FAST).dead);
    for (const { id, ...job } of jobs) {
      expect(job).toMatchObject({ deliveries: 3, dead: { reason: "exhausted", error: { attempt: 3 } } });
      const place = Number(id.slice("film-".length)) - 1;
      expect(job.params).toEqual(recordOf(FILMS[place], place));
    }
  });

  it("begins anew after a complete run, and warns of a variable that is a slip of another [E11]", async () => {
    const run = folder.start({ ...FAST, LIMIT: "20", FAILURE_RATE: "0", MAX_ATTEMPS: "2" });
    expect(await run.end(), run.stderr).toBe(0);
    expect(run.stderr).toContain("Did you mean MAX_ATTEMPTS?");
    expect(run.stderr).not.toContain("going on");
    expect(folder.writtenIds().toSorted()).toEqual(idsOfWholeFilms(20));
    expect(run.count("dead")).toBe(0);
  });

  const unreadable = { ...FAST, WORKERS: "many" };
  it.each([
    ["npm start", () => folder.start(unreadable)],
    ["jobs worker", () => folder.jobs(["worker", "--drain"], unreadable)],
  ])("%s ends with 78 and names the variable that cannot be read [E10]", async (_command, begin) => {
    const run = begin();
    expect(await run.end()).toBe(78);
    expect(run.stderr).toContain("WORKERS must be a whole number");
    expect(run.stderr).not.toContain("many");
  });

  it("says so when INPUT has no server", async () => {
    const run = folder.start({ ...FAST, INPUT: "http://127.0.0.1:1/" });
    expect(await run.end()).toBe(78);
    expect(run.stderr).toContain("INPUT cannot be fetched");
  });
});
