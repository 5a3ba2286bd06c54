import type { Mark, Suite } from "../../harness/bench-case.ts";
import type { ContenderKind } from "./contender.ts";
import { byBundles, byCallers, byMany, oneAtATime } from "./jobs-contender.ts";
import { loneEnqueue, loneSendMessage } from "./lone-send-cases.ts";
import { byHand, oneByOne, twentyAtOnce } from "./sdk-contenders.ts";
import { fourConsumers, fourOfEach, oneConsumer } from "./sqs-consumer-contender.ts";
import { throughput } from "./throughput-case.ts";

const OURS = [byCallers, byMany];
/** What a job costs where no two can share a request. It has no mark: that is the price of it. */
const SINGLE = [oneAtATime];
const THEIRS = [oneByOne, twentyAtOnce, oneConsumer, fourConsumers, fourOfEach, byHand];

/** SQS played by an endpoint on this machine, without a network delay: this measures the client. */
export const sqsSuite: Suite = {
  name: "sqs",
  title: "SQS",
  cases: [...[...OURS, byBundles, ...SINGLE, ...THEIRS].map(throughput), loneEnqueue, loneSendMessage],
  marks: [
    ...OURS.map(
      ({ name }): Mark => ({
        id: "S1",
        title: `requests a job, ${name}`,
        value: (median) => median(name, "requests a job"),
        atMost: 0.31,
      }),
    ),
    {
      id: "S1",
      title: "lone enqueue(), p50, times a plain SendMessage",
      value: (median) => median(loneEnqueue.name, "send p50") / median(loneSendMessage.name, "send p50"),
      atMost: 1.25,
    },
    times(oneConsumer, 2),
    times(fourConsumers, 1.3),
    times(byHand, 0.95),
    { ...times(fourConsumers, 5), id: "S3 (stretch)" },
    {
      id: "S4 (stretch)",
      title: `requests a job, ${byBundles.name}`,
      value: (median) => median(byBundles.name, "requests a job"),
      atMost: 0.05,
    },
  ],
};

/** The rate of the slower of our two ways to send, divided by the peer's. */
function times(peer: ContenderKind, atLeast: number): Mark {
  const figure = "enqueue + consume";
  return {
    id: "S2",
    title: `${figure}, times ${peer.name}`,
    value: (median) => Math.min(...OURS.map(({ name }) => median(name, figure))) / median(peer.name, figure),
    atLeast,
  };
}
