export { appConformance, type ConformanceCheck, type ConformanceOptions } from "./app-conformance.ts";
export { createTestApp } from "./create-test-app.ts";
export type { ExpectedJob } from "./expect-enqueued.ts";
export type { JobOutcome } from "./outcome-log.ts";
export type { Partially } from "./partial-match.ts";
export type { RunOptions } from "./run-ready.ts";
export type { DeadLetter, StoredJob } from "./stored-jobs.ts";
export type { TestApp, TestAppOptions } from "./test-app.ts";
export type { TestWorldOptions } from "./test-world.ts";
