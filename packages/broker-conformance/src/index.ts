export type { Check, Clause, Condition } from "./clause.ts";
export { type BrokerUnderTest, describeBroker } from "./describe-broker.ts";
export type { BrokerHarness, CreateHarness } from "./harness/broker-harness.ts";
export { scaledTime, type TestTime, virtualTime } from "./harness/test-time.ts";
export { type Chapter, listChapters, listClauses } from "./list-clauses.ts";
export { runClause } from "./run-clause.ts";
