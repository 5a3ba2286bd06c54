import { expect, it } from "vitest";
import { postgresFault } from "./postgres-fault.ts";

it("says that a statement took too long, which is worth another try", () => {
  const error = Object.assign(new Error("canceling statement due to statement timeout"), { code: "57014" });
  expect(postgresFault(error, { role: undefined, address: "db:5432/shop", waitedMs: 4_000 })).toMatchObject({
    code: "broker_unavailable",
    retryable: true,
    message: expect.stringContaining("57014: the statement took too long"),
    hint: expect.stringContaining("jobs doctor"),
  });
});
