import { memoryResults } from "@jobs/adapter-memory";
import { describe, expect, it } from "vitest";
import { countPages, crawl, fetchPage, handlers, parsePage, pipeline, storeRows } from "./flows-guide.ts";
import { createRig } from "./rig.ts";

describe("docs/guide/flows.md", () => {
  it("shows a chain and a group that run as it says", async () => {
    const results = memoryResults();
    const rig = createRig({ tasks: [fetchPage, parsePage, storeRows, countPages], handlers, results });
    const chained = await rig.app.start(pipeline);
    const grouped = await rig.app.start(crawl);
    rig.start();
    await rig.clock.advance(1_000);
    expect(results.find(chained.lastId)).toMatchObject({ task: "store_rows", value: 1 });
    expect(results.find(grouped.lastId)).toMatchObject({ task: "count_pages", value: 3 });
  });
});
