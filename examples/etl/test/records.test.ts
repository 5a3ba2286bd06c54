import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqlite } from "@jobs/adapter-sqlite";
import { createApp, SignatureError } from "@jobs/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enqueueFilms } from "../src/enqueue-films.ts";
import { jobIdOf, recordOf } from "../src/records.ts";
import { beginRun } from "../src/run-state.ts";
import { readSettings } from "../src/settings.ts";
import { handOutDelay } from "../src/simulate-work.ts";
import { etlProcess, etlWrite } from "../src/tasks.ts";
import { workFolder } from "../src/work-folder.ts";
import { FILMS, isWhole } from "./films.ts";

const FILM = {
  Title: "Following",
  "Release Date": "Apr 04 1999",
  "MPAA Rating": "R",
  Distributor: "Zeitgeist",
  Source: null,
  "Major Genre": "Drama",
  Director: "Christopher Nolan",
};
const KEYS = ["id", "source", "title", "message", "author", "creation_date", "tags"];

const folder = mkdtempSync(join(tmpdir(), "etl-"));
const files = workFolder(folder);
const SETTINGS = { ...readSettings({ DELAY_TIME: "0" }), folder };
const app = createApp({ tasks: [etlProcess, etlWrite], broker: sqlite({ file: files.database }) });

beforeAll(() => void beginRun(files, readSettings({})));
afterAll(() => app.close());

/** Why the producer refuses these parameters. */
async function issuesOf(params: object) {
  const [result] = await app.enqueueMany([[etlProcess, params]]);
  if (result?.status !== "refused") throw new Error("it was accepted");
  expect(result.error).toBeInstanceOf(SignatureError);
  return (result.error as SignatureError).issues.map(({ kind, path }) => `${kind} ${path}`);
}

/** As the ancestor's own source serves it. */
const RECORD = {
  id: "a1f3",
  source: "wire",
  title: "Storm",
  message: "It rains.",
  author: "ann",
  creation_date: "2018-06-02 10:30:00",
  tags: ["weather"],
};

describe("records", () => {
  it.each([
    ["2018-06-02 10:30:00", "2018-06-02T10:30:00"],
    ["2018-06-02T10:30:00Z", "2018-06-02T10:30:00Z"],
    ["2018-06-02T10:30:00+02:00", "2018-06-02T10:30:00+02:00"],
    ["2018-06-02", "2018-06-02T00:00:00Z"],
  ])("takes a record of the ancestor's own shape as it is, dated %s [E1]", async (written, date) => {
    const taken = { ...RECORD, creation_date: written };
    const record = recordOf(taken, 7);
    expect(record).toEqual({ ...RECORD, creation_date: date });
    expect(jobIdOf(taken, 7)).toBe("a1f3");
    expect(await etlProcess.signature.check(record)).toMatchObject({ status: "ok" });
  });

  it.each(["2018-02-30 10:00:00", "soon", "02/06/2018"])(
    "refuses the ancestor's record dated %s [E4]",
    async (date) => {
      expect(await issuesOf(recordOf({ ...RECORD, creation_date: date }, 0))).toEqual([
        "invalid /creation_date",
      ]);
    },
  );

  it("an id that no job can have gives way to the record's place [E1]", () => {
    expect(jobIdOf({ ...RECORD, id: "a/1 é" }, 7)).toBe("film-0008");
  });

  it("DELAY_TIME is the longest wait before a record is handed out, drawn for each from the seed [E8]", async () => {
    const own = { ...SETTINGS, folder: mkdtempSync(join(tmpdir(), "etl-")), delayMs: 3_600_000 };
    beginRun(workFolder(own.folder), own);
    await using delayed = createApp({
      tasks: [etlProcess, etlWrite],
      broker: sqlite({ file: workFolder(own.folder).database }),
    });
    const before = Date.now();
    await enqueueFilms(delayed, [RECORD, { ...RECORD, id: "b2" }, { ...RECORD, id: "c3" }], own);
    const { messages } = await (await delayed.queue("etl")).peek({ state: "delayed", limit: 10 });
    expect(messages).toHaveLength(3);
    const waits = messages.map(({ dueAt, messageId }) => [dueAt - before, handOutDelay(own, messageId)]);
    for (const [wait = 0, drawn = 0] of waits) {
      expect(wait).toBeGreaterThanOrEqual(drawn - 1_000);
      expect(wait).toBeLessThan(3_700_000);
    }
    expect(new Set(waits.map(([, drawn]) => drawn)).size).toBe(3);
  });

  it("makes a record of a film", () => {
    expect(recordOf(FILM, 0)).toEqual({
      id: "film-0001",
      source: "Zeitgeist",
      title: "Following",
      message: "Drama, rated R",
      author: "Christopher Nolan",
      creation_date: "1999-04-04T00:00:00Z",
      tags: ["Drama"],
    });
  });

  it.each([null, 5, "film", [], undefined])("leaves it to the schema to refuse %j", async (raw) => {
    expect(await issuesOf(recordOf(raw, 0))).toContain("missing /title");
  });

  it.each(KEYS)("a record without %s is refused at enqueue, and the key named [E3]", async (key) => {
    const { [key]: _left, ...rest } = recordOf(FILM, 0);
    expect(await issuesOf(rest)).toEqual([`missing /${key}`]);
  });

  it.each(["Feb 30 1999", "sometime", "1999-04-04", 1999])(
    "creation_date %s is refused at enqueue, so it is never retried [E4]",
    async (date) => {
      expect(await issuesOf(recordOf({ ...FILM, "Release Date": date }, 0))).toEqual([
        "invalid /creation_date",
      ]);
    },
  );

  it("a key that nobody declared is refused [E16]", async () => {
    expect(await issuesOf({ ...recordOf(FILM, 0), rating: 5 })).toEqual(["unexpected /rating"]);
  });

  it("every reason is told, each with its place [E18]", async () => {
    const { author: _left, ...rest } = recordOf({ ...FILM, Title: 300 }, 0);
    expect(await issuesOf({ ...rest, tags: ["a", 5] })).toEqual(["missing /author"]);
    expect(await issuesOf({ ...recordOf({ ...FILM, Title: 300 }, 0), tags: ["a", 5] })).toEqual([
      "invalid /title",
      "invalid /tags/1",
    ]);
  });

  it("one job for each whole film of the data set, and a reason for each other one [E1]", async () => {
    const { accepted, refused } = await enqueueFilms(app, FILMS, SETTINGS);
    const whole = FILMS.filter(isWhole).length;
    expect(whole).toBeGreaterThan(1_000);
    expect(accepted).toBe(whole);
    expect((await (await app.queue("etl")).stats()).ready.n).toBe(whole);
    const reasons = readFileSync(files.refusals, "utf8").trimEnd().split("\n");
    expect(reasons).toHaveLength(FILMS.length - whole);
    const withoutAuthor = FILMS.filter((film) => film.Director === null && film.Distributor !== null);
    expect(refused["missing author"]).toBe(withoutAuthor.filter((film) => film.Title !== null).length);
  });

  it("enqueued once more, nothing is stored twice [E17]", async () => {
    const before = await (await app.queue("etl")).stats();
    const { accepted } = await enqueueFilms(app, FILMS, SETTINGS);
    expect(accepted).toBe(before.ready.n);
    expect(await (await app.queue("etl")).stats()).toMatchObject({ ready: before.ready, dead: before.dead });
  });
});
