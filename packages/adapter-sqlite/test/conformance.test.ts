import { describeBroker } from "@jobs/broker-conformance";
import { createSqliteHarness } from "./sqlite-harness.ts";

describeBroker({ name: "sqlite", createHarness: createSqliteHarness, modelRuns: 300 });
