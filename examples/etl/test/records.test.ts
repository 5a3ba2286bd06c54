import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqlite } from "@jobs/adapter-sqlite";
import { createApp, SignatureError } from "@jobs/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enqueueFilms } from "../src/enqueue-films.ts";
import { recordOf } from "../src/records.ts";
import { beginRun } from "../src/run-state.ts";
import { readSettings } from "../src/settings.ts";
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

const files = workFolder(mkdtempSync(join(tmpdir(), "etl-")));
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

describe("records", () => {
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

  it.each(KEYS)("E3: a record without %s is refused at enqueue, and the key named", async (key) => {
    const { [key]: _left, ...rest } = recordOf(FILM, 0);
    expect(await issuesOf(rest)).toEqual([`missing /${key}`]);
  });

  it.each(["Feb 30 1999", "sometime", "1999-04-04", 1999])(
    "E4: creation_date %s is refused at enqueue, so it is never retried",
    async (date) => {
      expect(await issuesOf(recordOf({ ...FILM, "Release Date": date }, 0))).toEqual([
        "invalid /creation_date",
      ]);
    },
  );

  it("E16: a key that nobody declared is refused", async () => {
    expect(await issuesOf({ ...recordOf(FILM, 0), rating: 5 })).toEqual(["unexpected /rating"]);
  });

  it("E18: every reason is told, each with its place", async () => {
    const { author: _left, ...rest } = recordOf({ ...FILM, Title: 300 }, 0);
    expect(await issuesOf({ ...rest, tags: ["a", 5] })).toEqual(["missing /author"]);
    expect(await issuesOf({ ...recordOf({ ...FILM, Title: 300 }, 0), tags: ["a", 5] })).toEqual([
      "invalid /title",
      "invalid /tags/1",
    ]);
  });

  it("E1: one job for each whole film of the data set, and a reason for each other one", async () => {
    const { accepted, refused } = await enqueueFilms(app, FILMS, files);
    const whole = FILMS.filter(isWhole).length;
    expect(whole).toBeGreaterThan(1_000);
    expect(accepted).toBe(whole);
    expect((await (await app.queue("etl")).stats()).ready.n).toBe(whole);
    const reasons = readFileSync(files.refusals, "utf8").trimEnd().split("\n");
    expect(reasons).toHaveLength(FILMS.length - whole);
    const withoutAuthor = FILMS.filter((film) => film.Director === null && film.Distributor !== null);
    expect(refused["missing author"]).toBe(withoutAuthor.filter((film) => film.Title !== null).length);
  });

  it("E17: enqueued once more, nothing is stored twice", async () => {
    const before = await (await app.queue("etl")).stats();
    const { accepted } = await enqueueFilms(app, FILMS, files);
    expect(accepted).toBe(before.ready.n);
    expect(await (await app.queue("etl")).stats()).toMatchObject({ ready: before.ready, dead: before.dead });
  });
});
