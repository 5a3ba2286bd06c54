import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { RELAY_METRICS } from "../../src/relay/relay-probes.ts";
import {
  CALL_METRICS,
  HOST_METRICS,
  JOB_METRICS,
  type Metric,
  PROCESS_METRICS,
  QUEUE_METRICS,
} from "../../src/worker/probes/metric-catalog.ts";
import { withGenerated } from "../reference/markdown.ts";

const GUIDE = fileURLToPath(new URL("../../../../docs/guide/metrics.md", import.meta.url));

const PARTS: readonly (readonly [title: string, metrics: Readonly<Record<string, Metric>>])[] = [
  ["Jobs", JOB_METRICS],
  ["Queues, also of `jobs stats`", QUEUE_METRICS],
  ["Broker and result store", CALL_METRICS],
  ["Worker and process", PROCESS_METRICS],
  ["Parent of `--processes`", HOST_METRICS],
  ["Relay of an outbox", RELAY_METRICS],
];

/** The metrics of Conductor's Python worker. */
const ANCESTORS = [
  "external_payload_used",
  "task_ack_error",
  "task_ack_failed",
  "task_execute_error",
  "task_execute_time",
  "task_execution_queue_full",
  "task_paused",
  "task_poll",
  "task_poll_error",
  "task_poll_time",
  "task_result_size",
  "task_update_error",
  "thread_uncaught_exceptions",
  "workflow_input_size",
  "workflow_start_error",
];

const code = (names: readonly string[] = []) => names.map((name) => `\`${name}\``).join(", ");

function section([title, metrics]: (typeof PARTS)[number]): string {
  const rows = Object.values(metrics).map(
    ({ name, type, labels, help, ancestors }) =>
      `| \`${name}\` | ${type} | ${code(labels)} | ${help.replace(/\.$/, "")} | ${code(ancestors)} |`,
  );
  return [
    `### ${title}`,
    "",
    "| metric | type | labels | | in Conductor |",
    "|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

// `npx vitest run packages/cli/test/monitoring/metrics-guide.test.ts -u` writes the tables anew.
it("the guide lists every metric", async () => {
  const text = withGenerated(readFileSync(GUIDE, "utf8"), PARTS.map(section).join("\n\n"));
  await expect(text).toMatchFileSnapshot(GUIDE);
});

it("all fifteen of the ancestor have one here, but the one that the guide explains [C27]", () => {
  const replaced = PARTS.flatMap(([, metrics]) => Object.values(metrics)).flatMap(
    ({ ancestors = [] }) => ancestors,
  );
  expect([...replaced, "external_payload_used"].sort()).toEqual(ANCESTORS);
  expect(readFileSync(GUIDE, "utf8")).toContain("`external_payload_used`. Payloads are never stored outside");
});
