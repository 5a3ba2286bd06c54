/** What a metric is, apart from its numbers. */
export interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** One sentence. */
  readonly help: string;
  /** Names of its labels. Their values come from the app's definition and from this code, never from a message. */
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, in the unit of its name. */
  readonly bounds?: readonly number[];
  /** How the numbers of several processes are combined. Default `sum`. */
  readonly together?: "sum" | "least" | "most";
  /** The names in Conductor's Python worker of what it replaces. */
  readonly ancestors?: readonly string[];
}

/** Seconds, from a quick handler to the default timeout. */
const RUN_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];

/** Seconds, from a call within this process to a long poll. */
const CALL_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 20];

/** Seconds. A lag of 1 s delays every lease and probe of the process. */
const LAG_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** Bytes, up to the 256 KiB that many services take and the 1 MiB of SQS. */
const SIZE_BYTES = [64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576];

/** The numbers of the worker's queues, which `jobs stats` shows too. */
export const QUEUE_METRICS = {
  jobs: {
    name: "jobs_queue_jobs",
    type: "gauge",
    help: "Jobs in a queue by state: ready, leased, delayed or dead.",
    labels: ["broker", "queue", "state"],
    together: "most",
  },
  entered: {
    name: "jobs_queue_entered_total",
    type: "counter",
    help: "Jobs that ever came into a queue: sends, and dead letters put back.",
    labels: ["broker", "queue"],
    together: "most",
  },
  left: {
    name: "jobs_queue_left_total",
    type: "counter",
    help: "Jobs that ever left a queue: done, dead or removed.",
    labels: ["broker", "queue"],
    together: "most",
  },
  oldest: {
    name: "jobs_queue_oldest_ready_seconds",
    type: "gauge",
    help: "How long the oldest ready job has been ready.",
    labels: ["broker", "queue"],
    together: "most",
  },
  paused: {
    name: "jobs_queue_paused",
    type: "gauge",
    help: "Whether deliveries are stopped: 1 or 0.",
    labels: ["broker", "queue"],
    together: "most",
    ancestors: ["task_paused"],
  },
} as const satisfies Readonly<Record<string, Metric>>;

/** What happens to the jobs of a worker. */
export const JOB_METRICS = {
  events: {
    name: "jobs_job_events_total",
    type: "counter",
    help: "What happened to jobs: started, succeeded, failed, retried, lease_lost, ack_lost, stuck and so on.",
    labels: ["event", "task", "queue"],
    ancestors: ["task_execute_error", "task_ack_failed"],
  },
  deadLetters: {
    name: "jobs_dead_letters_total",
    type: "counter",
    help: "Jobs that became dead letters, by reason.",
    labels: ["reason", "task", "queue"],
  },
  held: {
    name: "jobs_held_total",
    type: "counter",
    help: "Jobs held because this worker does not know their task, signature or envelope yet.",
    labels: ["reason", "task", "queue"],
  },
  stepDelays: {
    name: "jobs_completion_step_delays_total",
    type: "counter",
    help: "Successful jobs whose result or next job could not be stored at once, by step.",
    labels: ["step", "task", "queue"],
    ancestors: ["task_update_error"],
  },
  runSeconds: {
    name: "jobs_run_duration_seconds",
    type: "histogram",
    help: "Time in handlers.",
    labels: ["task"],
    bounds: RUN_SECONDS,
    ancestors: ["task_execute_time"],
  },
} as const satisfies Readonly<Record<string, Metric>>;

/** What a worker's calls to its broker and its result store cost. */
export const CALL_METRICS = {
  seconds: {
    name: "jobs_broker_call_duration_seconds",
    type: "histogram",
    help: "Time of calls to the broker: send, receive with its wait, settle, extend.",
    labels: ["operation", "queue"],
    bounds: CALL_SECONDS,
    ancestors: ["task_poll", "task_poll_time"],
  },
  errors: {
    name: "jobs_broker_call_errors_total",
    type: "counter",
    help: "Calls to the broker that failed as a whole.",
    labels: ["operation", "queue"],
    ancestors: ["task_poll_error", "task_ack_error", "workflow_start_error"],
  },
  messages: {
    name: "jobs_broker_messages_total",
    type: "counter",
    help: "Messages in calls to the broker, by outcome: ok or failed.",
    labels: ["operation", "queue", "outcome"],
  },
  messageBytes: {
    name: "jobs_message_size_bytes",
    type: "histogram",
    help: "Size of the bodies of received messages.",
    labels: ["queue"],
    bounds: SIZE_BYTES,
    ancestors: ["workflow_input_size"],
  },
  resultBytes: {
    name: "jobs_result_size_bytes",
    type: "histogram",
    help: "Size of the values that were kept in the result store.",
    labels: ["task"],
    bounds: SIZE_BYTES,
    ancestors: ["task_result_size"],
  },
  outages: {
    name: "jobs_broker_outages_total",
    type: "counter",
    help: "Times the broker was lost.",
    labels: ["queue"],
  },
  requests: {
    name: "jobs_broker_requests_total",
    type: "counter",
    help: "Requests to a service that bills them, by its name of the action.",
    labels: ["broker", "action"],
  },
  billed: {
    name: "jobs_broker_billed_requests_total",
    type: "counter",
    help: "The same requests in units of the bill: one for each started 64 KiB on SQS.",
    labels: ["broker", "action"],
  },
} as const satisfies Readonly<Record<string, Metric>>;

/** The worker itself and its process. */
export const PROCESS_METRICS = {
  running: {
    name: "jobs_worker_running",
    type: "gauge",
    help: "Jobs in handlers.",
    labels: [],
  },
  concurrency: {
    name: "jobs_worker_concurrency",
    type: "gauge",
    help: "Jobs that can run at once.",
    labels: [],
  },
  stuck: {
    name: "jobs_worker_stuck_slots",
    type: "gauge",
    help: "Slots of handlers that do not return although their time is up.",
    labels: [],
  },
  delayed: {
    name: "jobs_worker_delayed",
    type: "gauge",
    help: "Done jobs that hold their slot, because their result or next job cannot be stored.",
    labels: [],
  },
  slotsFull: {
    name: "jobs_worker_slots_full_seconds_total",
    type: "counter",
    help: "Time in which all slots were occupied, so that no job was taken; sampled every 250 ms.",
    labels: [],
    ancestors: ["task_execution_queue_full"],
  },
  ready: {
    name: "jobs_worker_ready",
    type: "gauge",
    help: "Whether it takes jobs; of several processes, how many do.",
    labels: [],
  },
  started: {
    name: "jobs_worker_start_time_seconds",
    type: "gauge",
    help: "When it was started, in seconds since 1970.",
    labels: [],
    together: "least",
  },
  memory: {
    name: "jobs_worker_memory_bytes",
    type: "gauge",
    help: "Resident memory.",
    labels: [],
  },
  info: {
    name: "jobs_worker_info",
    type: "gauge",
    help: "Who it is: always 1.",
    labels: ["worker", "release", "jobs", "node"],
  },
  uncaught: {
    name: "jobs_uncaught_errors_total",
    type: "counter",
    help: "Uncaught exceptions and unhandled rejections, by origin: job or process.",
    labels: ["origin"],
    ancestors: ["thread_uncaught_exceptions"],
  },
  lag: {
    name: "jobs_event_loop_lag_seconds",
    type: "histogram",
    help: "How late a timer runs that is due every 250 ms.",
    labels: [],
    bounds: LAG_SECONDS,
  },
  busy: {
    name: "jobs_event_loop_busy_seconds_total",
    type: "counter",
    help: "Time in which the event loop was not idle.",
    labels: [],
  },
} as const satisfies Readonly<Record<string, Metric>>;

/** The parent of several worker processes. */
export const HOST_METRICS = {
  processes: {
    name: "jobs_host_processes",
    type: "gauge",
    help: "Worker processes that measure.",
    labels: [],
  },
  restarts: {
    name: "jobs_host_restarts_total",
    type: "counter",
    help: "Worker processes that have crashed.",
    labels: [],
  },
  recycled: {
    name: "jobs_host_recycled_total",
    type: "counter",
    help: "Worker processes that were replaced at a limit.",
    labels: [],
  },
} as const satisfies Readonly<Record<string, Metric>>;
