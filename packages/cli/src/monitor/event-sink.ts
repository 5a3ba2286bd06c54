import type { EventSink, HistoryEvent } from "@jobs/core/broker";
import { maskTexts, rememberSecrets } from "../output/mask-secrets.ts";
import type { Output } from "../output/output.ts";
import { printable } from "../output/printable.ts";
import { readAddress, setupOf } from "../project/adapter-address.ts";
import type { Project } from "../project/open-project.ts";

/** Names of stdout, beside the kinds and URLs of adapters. */
const STDOUT = ["ndjson", "-"];

/** Opens what `--to` names. @throws ConfigError that quotes no URL, since URLs hold passwords. */
export async function openSink(to: string, output: Output, project: Project): Promise<EventSink> {
  rememberSecrets(to);
  if (STDOUT.includes(to)) return outputSink(output, true);
  const address = await readAddress(to, "history", project, STDOUT);
  return address.adapter.createHistory(setupOf(address, project.cwd));
}

/** Prints events as they come: NDJSON, or a line each for people. Addresses in their texts are masked. */
export function outputSink(output: Output, isJson: boolean): EventSink {
  return {
    kind: "stdout",
    async write(events) {
      for (const event of events.map(maskTexts)) {
        if (isJson) output.json(event);
        else output.line(lineOf(event));
      }
    },
    async close() {},
  };
}

/** `12:00:01.250 job.retried  send_email 0199… default #2 in 1000 ms` */
function lineOf(event: HistoryEvent): string {
  const time = new Date(event.at).toISOString().slice(11, 23);
  return printable(`${time} ${event.type.padEnd(15)} ${subjectOf(event)}`);
}

function subjectOf(event: HistoryEvent): string {
  if (!("job" in event)) return "worker" in event ? event.worker : event.queue;
  const { task, id, queue } = event.job;
  return `${task} ${id} ${queue}${detailsOf(event)}`;
}

/** What an event says besides its time, its type and its job: ` #2 in 1000 ms (exhausted) Error: no luck`. */
export function detailsOf(event: HistoryEvent): string {
  const attempt = "job" in event && "attempt" in event.job ? ` #${event.job.attempt}` : "";
  const error =
    "error" in event && event.error !== undefined ? ` ${event.error.name}: ${event.error.message}` : "";
  const delay = "delayMs" in event && event.delayMs > 0 ? ` in ${Math.round(event.delayMs)} ms` : "";
  const reason = "reason" in event ? ` (${event.reason})` : "";
  const progress = event.type === "job.progress" ? ` ${JSON.stringify(event.progress)}` : "";
  const line = event.type === "job.log" ? ` ${event.level} ${event.message}` : "";
  return `${attempt}${delay}${reason}${progress}${line}${error}`;
}
