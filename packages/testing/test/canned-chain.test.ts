import { chain, createApp, defineTask, handle, step } from "@jobs/core";
import { expect, test } from "vitest";
import { createTestApp } from "../src/index.ts";

const fetchPage = defineTask("fetch", { url: "string" });
const parsePage = defineTask("parse", { html: "string" });
const storeRows = defineTask("store", { rows: "array" });
const broken = () => {
  throw new Error("a real handler was called");
};
const app = createApp({
  tasks: [fetchPage, parsePage, storeRows],
  handlers: [handle(fetchPage, broken), handle(parsePage, broken), handle(storeRows, broken)],
});

test("a chain runs on canned results of its steps, each of which reaches the next by name [C29]", async () => {
  const got: unknown[] = [];
  await using t = createTestApp(app, {
    handlers: [
      handle(fetchPage, () => ({ body: "<canned>" })),
      handle(parsePage, (params) => {
        got.push(params);
        return { items: ["row"] };
      }),
      handle(storeRows, (params) => void got.push(params)),
    ],
  });
  await t.app.start(
    chain([
      step(fetchPage, { url: "a" }),
      step(parsePage, {}, { takes: { html: "body" } }),
      step(storeRows, {}, { takes: { rows: "items" } }),
    ]),
  );
  expect((await t.runAll()).map(({ task, status }) => [task, status])).toEqual([
    ["fetch", "succeeded"],
    ["parse", "succeeded"],
    ["store", "succeeded"],
  ]);
  expect(got).toEqual([{ html: "<canned>" }, { rows: ["row"] }]);
});
