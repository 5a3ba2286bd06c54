import type { Suite } from "../../harness/bench-case.ts";
import { jobsEndToEnd, jobsQueued } from "./jobs-cases.ts";
import { awaitLoop, fastqEndToEnd, fastqQueued, pQueueEndToEnd, pQueueQueued } from "./peer-cases.ts";

/** Ours makes envelopes, checks signatures, keeps leases and retries. The peers only call a function. */
export const memorySuite: Suite = {
  name: "memory",
  title: "In memory",
  isWarm: true,
  cases: [
    jobsEndToEnd,
    pQueueEndToEnd,
    fastqEndToEnd,
    awaitLoop,
    jobsQueued("queued: jobs", 100_000),
    pQueueQueued,
    fastqQueued,
    jobsQueued("queued: a million jobs", 1_000_000),
  ],
  marks: [
    {
      id: "M1",
      title: "end to end, times p-queue",
      value: (median) => median("jobs", "end to end") / median("p-queue", "end to end"),
      atLeast: 2,
    },
    {
      id: "M1 (stretch)",
      title: "end to end, times fastq.promise",
      value: (median) => median("jobs", "end to end") / median("fastq.promise", "end to end"),
      atLeast: 0.5,
    },
    {
      id: "M1",
      title: "memory of a queued job, in bytes",
      value: (median) => median("queued: jobs", "a job"),
      atMost: 400,
    },
    {
      id: "M1",
      title: "process with a million queued jobs, in MB",
      value: (median) => median("queued: a million jobs", "process"),
      atMost: 500,
    },
  ],
};
