import { describe, expect, it } from "vitest";
import { reportLine } from "./report-line.ts";

const REPORT = {
  worker: "w",
  cause: "drained",
  succeeded: 2,
  dead: 0,
  leasesLost: 1,
  busyMs: 40,
  seconds: 0.26,
};

describe("the report of a worker that has stopped", () => {
  it("names for a person what is not 0", () => {
    expect(reportLine(REPORT, true)).toBe("stopped after 0.3 s (drained): 2 succeeded, 1 leases lost");
    expect(reportLine({ cause: "signal", succeeded: 0, exitCode: 75, seconds: 9 }, true)).toBe(
      "stopped after 9.0 s (signal): no job has run",
    );
  });

  it("is JSON with all fields for a program", () => {
    expect(JSON.parse(reportLine(REPORT, false))).toEqual(REPORT);
  });
});
