import { expect, it } from "vitest";
import { adapter, optionsOfUrl } from "./adapter.ts";

it.each([
  ["redis://host:6379/2", { url: "redis://host:6379/2" }],
  ["redis://u:p%3Fw@host?family=6", { url: "redis://u:p%3Fw@host?family=6" }],
  ["redis://host?engine=bullmq", { url: "redis://host", engine: "bullmq" }],
  ["rediss://u:p@host/0?family=6&engine=jobs", { url: "rediss://u:p@host/0?family=6", engine: "jobs" }],
])("reads the engine out of %s, and leaves the rest to the driver", (written, options) => {
  expect(optionsOfUrl(written)).toEqual(options);
});

it("refuses an engine that there is not, by its name", () => {
  const options = adapter.readUrl("redis://host?engine=fast");
  expect(() => adapter.createBroker?.({ options, folder: "/", warn: () => {} })).toThrow(/engine.*"bullmq"/);
});
