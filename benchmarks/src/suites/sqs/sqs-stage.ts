import type { Stage } from "../../contenders/contender.ts";
import { jobsContender } from "../../contenders/jobs-contender.ts";
import { sqsConsumerContender } from "./sqs-consumer-contender.ts";

/** Ours with all defaults. */
const sqsJobs = jobsContender("jobs", ["@aws-sdk/client-sqs"], async (queueUrl) => {
  const [{ sqs }, { clientOf, STAGE_PREFIX }] = await Promise.all([
    import("@jobs/adapter-sqs"),
    import("./measured-sqs.ts"),
  ]);
  return { broker: sqs({ client: clientOf(queueUrl), prefix: STAGE_PREFIX }) };
});

/** An endpoint on this machine, in a process of its own. */
export const sqsStage: Stage = {
  title: "SQS",
  server: "the endpoint",
  hasSize: false,
  isBilled: true,
  kinds: [sqsJobs, sqsConsumerContender],
  busyJobs: () => 10_000,
  async start() {
    const { startMeasuredSqs } = await import("./measured-sqs.ts");
    return startMeasuredSqs();
  },
};
