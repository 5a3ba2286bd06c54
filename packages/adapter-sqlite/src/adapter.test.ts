import { describe, expect, it } from "vitest";
import { adapter } from "./adapter.ts";

describe("adapter", () => {
  it.each([
    ["sqlite://", { file: "//" }],
    ["sqlite:", {}],
    ["sqlite:./x.db", { file: "./x.db" }],
    ["sqlite:x.db", { file: "x.db" }],
    ["sqlite://./x.db", { file: "./x.db" }],
    ["sqlite:///abs/x.db", { file: "/abs/x.db" }],
    ["sqlite:/abs/x.db", { file: "/abs/x.db" }],
  ])("reads %s", (url, options) => {
    expect(adapter.readUrl(url)).toEqual(options);
  });
});
