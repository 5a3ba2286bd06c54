import type { ModelStep } from "./model-step.ts";

const SEND_ONE: ModelStep = { do: "send", count: 1, delayTicks: 0, priority: 0 };
const RECEIVE_HERE: ModelStep = { do: "receive", process: 0, max: 1 };
const RECEIVE_ELSEWHERE: ModelStep = { do: "receive", process: 1, max: 1 };
const ACK: ModelStep = { do: "settle", choices: [{ pick: 0, action: "ack" }] };
const RELEASE: ModelStep = { do: "settle", choices: [{ pick: 0, action: "release" }] };
const RELEASE_LAST: ModelStep = { do: "settle", choices: [{ pick: 4, action: "release" }] };
const RETRY: ModelStep = {
  do: "settle",
  choices: [{ pick: 0, action: "retry", delayTicks: 0, failed: true }],
};
const RETRY_LATER: ModelStep = {
  do: "settle",
  choices: [{ pick: 0, action: "retry", delayTicks: 2, failed: false }],
};

/**
 * Sequences that some broker has failed once, named by what was wrong. They run on every broker, since the next
 * adapter may make the same mistake.
 */
export const REGRESSIONS: Readonly<Record<string, readonly ModelStep[]>> = {
  "a message that was released is not done by a late ack of the same lease": [
    SEND_ONE,
    RECEIVE_HERE,
    RELEASE,
    ACK,
    RECEIVE_ELSEWHERE,
  ],
  "a message that is retried at once is not done by a late ack of the same lease": [
    SEND_ONE,
    RECEIVE_HERE,
    RETRY,
    ACK,
    RECEIVE_ELSEWHERE,
  ],
  "a message that is retried later is not done by a late ack of the same lease": [
    SEND_ONE,
    RECEIVE_HERE,
    RETRY_LATER,
    ACK,
    { do: "tick", ticks: 3 },
    RECEIVE_ELSEWHERE,
  ],
  "a late ack in the call that released the message does nothing": [
    SEND_ONE,
    RECEIVE_HERE,
    {
      do: "settle",
      choices: [
        { pick: 0, action: "release" },
        { pick: 0, action: "ack" },
      ],
    },
    RECEIVE_ELSEWHERE,
  ],
  "the old lease of a released message does not extend it": [
    SEND_ONE,
    RECEIVE_HERE,
    RELEASE,
    { do: "extend", pick: 0, ticks: 8 },
    ACK,
    RECEIVE_ELSEWHERE,
  ],
  "messages keep their order when a receive finds the queue paused between them": [
    { do: "send", count: 2, delayTicks: 0, priority: 1 },
    { do: "pause" },
    RECEIVE_HERE,
    { do: "send", count: 2, delayTicks: 0, priority: 1 },
  ],
  "after a refused settlement another one in the same call can settle the lease": [
    SEND_ONE,
    RECEIVE_HERE,
    {
      do: "settle",
      choices: [
        { pick: 0, action: "dead" },
        { pick: 0, action: "release" },
      ],
    },
  ],
  "messages that die in one call die in the order of their settlements": [
    { do: "send", count: 4, delayTicks: 0, priority: 0 },
    { do: "receive", process: 0, max: 4 },
    // The fourth of the four leases first, and the first one last.
    { do: "settle", choices: [3, 9, 6, 12].map((pick) => ({ pick, action: "dead" })) },
    { do: "redrive", limit: 1 },
    RECEIVE_HERE,
    { do: "redrive", limit: 2 },
    { do: "receive", process: 0, max: 4 },
  ],
  "a message that was sent with another one has no part in the longer lease of that one": [
    { do: "send", count: 2, delayTicks: 0, priority: 0 },
    { do: "receive", process: 0, max: 1 },
    { do: "extend", pick: 0, ticks: 9 },
    { do: "receive", process: 0, max: 1 },
  ],
  "a message that another process has released is the next one of a process that has just received": [
    SEND_ONE,
    RECEIVE_HERE,
    { do: "send", count: 3, delayTicks: 0, priority: 0 },
    RECEIVE_ELSEWHERE,
    RELEASE_LAST,
    RECEIVE_HERE,
  ],
  "a crash repeats a dead letter only with a message that was sent with it and never delivered": [
    SEND_ONE,
    { do: "send", count: 2, delayTicks: 0, priority: 0 },
    { do: "send", count: 2, delayTicks: 0, priority: 0 },
    RECEIVE_HERE,
    { do: "receive", process: 0, max: 2 },
    { do: "crashWorker", process: 0 },
    { do: "settle", choices: [{ pick: 1, action: "dead" }] },
  ],
  "a purge that comes between the deliveries of a shared lease may end it, which its settlements tell": [
    { do: "send", count: 2, delayTicks: 0, priority: 0 },
    RECEIVE_HERE,
    { do: "purge" },
    RECEIVE_HERE,
    { do: "settle", choices: [{ pick: 0, action: "dead" }] },
    // The second of two leases.
    { do: "settle", choices: [{ pick: 2, action: "ack" }] },
  ],
  "a retry beside a purged message of the same lease may be lost, although its copy is stored": [
    { do: "send", count: 3, delayTicks: 0, priority: 0 },
    RECEIVE_HERE,
    { do: "purge" },
    { do: "receive", process: 0, max: 2 },
    {
      do: "settle",
      choices: [
        // The second and the first of the three leases.
        { pick: 28, action: "retry", delayTicks: 0, failed: false },
        { pick: 44, action: "dead" },
      ],
    },
    RECEIVE_HERE,
  ],
};
