export type { Check, Clause, Condition } from "./clause.ts";
export {
  type CoordinationHarness,
  type CoordinationUnderTest,
  describeCoordination,
} from "./coordination/describe-coordination.ts";
export { type BrokerUnderTest, describeBroker } from "./describe-broker.ts";
export { describeExplanations } from "./explanations/describe-explanations.ts";
export type { BrokerHarness, CreateHarness, OpenTransaction } from "./harness/broker-harness.ts";
export { scaledTime, type TestTime, type VirtualTimeOptions, virtualTime } from "./harness/test-time.ts";
export { describeHistory, type HistoryUnderTest } from "./history/describe-history.ts";
export type { HistoryHarness } from "./history/history-harness.ts";
export { type Illness, surviveIllnesses } from "./illness/survive-illnesses.ts";
export { type Chapter, listChapters, listClauses } from "./list-clauses.ts";
export type { ModelStep, SettleChoice } from "./model/model-step.ts";
export { type ModelOptions, type ModelReport, replaySteps, runModel } from "./model/run-model.ts";
export { describeResults, type ResultsHarness, type ResultsUnderTest } from "./results/describe-results.ts";
export { runClause } from "./run-clause.ts";
export { describeServices, type ServicesUnderTest, type ServiceWorld } from "./services/describe-services.ts";
