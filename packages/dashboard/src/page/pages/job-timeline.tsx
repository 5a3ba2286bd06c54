import type { JobDetail } from "../../api/api-types.ts";
import { limitOf, partOf } from "../data/request.ts";
import { Code, ErrorReport } from "../parts/error-report.tsx";
import { LimitNote, Nothing, Plain } from "../parts/page-parts.tsx";
import { StateLabel, stateTone } from "../parts/state-label.tsx";
import { dateTimeText, durationText, jsonText, plainText, timeText } from "../parts/text-format.ts";

type Event = NonNullable<ReturnType<typeof eventsOf>>[number];

function eventsOf(timeline: JobDetail["timeline"]) {
  return partOf(timeline);
}

/** The latest progress that a job reported, as text. */
export function progressOf(timeline: JobDetail["timeline"]): string | undefined {
  const latest = eventsOf(timeline)?.findLast(({ type }) => type === "job.progress");
  if (latest?.type !== "job.progress") return undefined;
  return typeof latest.progress === "number" ? `${latest.progress}` : jsonText(latest.progress);
}

/** What happened to a job, from its enqueue to its settlement. */
export function JobTimeline({ timeline }: { timeline: JobDetail["timeline"] }) {
  const limit = limitOf(timeline);
  const events = eventsOf(timeline)?.filter(({ type }) => type !== "job.progress" && type !== "job.log");
  if (limit !== undefined) return <LimitNote limit={limit} />;
  if (events === undefined || events.length === 0) return <Nothing>No event is kept.</Nothing>;
  return (
    <ol class="timeline">
      {events.map((event, index) => (
        <TimelineEntry key={`${event.at} ${event.type} ${index}`} event={event} before={events[index - 1]} />
      ))}
    </ol>
  );
}

function TimelineEntry({ event, before }: { event: Event; before: Event | undefined }) {
  const state = event.type.replace(/^job\./, "");
  const passed = before === undefined ? undefined : event.at - before.at;
  return (
    <li class={stateTone(state)}>
      <div class="timeline-line">
        <StateLabel state={state === "step_delayed" ? "step delayed" : state.replaceAll("_", " ")} />
        <span>{detailOf(event)}</span>
        <time class="muted" dateTime={new Date(event.at).toISOString()} title={dateTimeText(event.at)}>
          {timeText(event.at)}
          {passed !== undefined && ` (+${durationText(passed)})`}
        </time>
      </div>
      {"error" in event && event.error !== undefined && (
        <ErrorReport error={{ ...event.error, stack: event.error.stack ?? null }} />
      )}
    </li>
  );
}

/** What a line says beyond its state. */
function detailOf(event: Event): string {
  const attempt = "job" in event && "attempt" in event.job ? `attempt ${event.job.attempt}` : "";
  const parts: string[] = attempt === "" ? [] : [attempt];
  if ("worker" in event) parts.push(`on ${plainText(event.worker)}`);
  if ("durationMs" in event) parts.push(`took ${durationText(event.durationMs)}`);
  if ("delayMs" in event && event.delayMs > 0) parts.push(`due in ${durationText(event.delayMs)}`);
  if ("reason" in event) parts.push(plainText(event.reason));
  return parts.join(", ");
}

/** The lines that a job logged. */
export function JobLog({ log }: { log: JobDetail["log"] }) {
  const limit = limitOf(log);
  const kept = partOf(log);
  if (limit !== undefined) return <LimitNote limit={limit} />;
  if (kept === undefined || kept.lines.length === 0) return <Nothing>The job logged nothing.</Nothing>;
  return (
    <>
      {kept.leftOut > 0 && <p class="muted">{kept.leftOut} earlier lines are not kept.</p>}
      <ol class="log">
        {kept.lines.map((line, index) => (
          <li key={`${line.at} ${index}`}>
            <time class="muted" dateTime={new Date(line.at).toISOString()}>
              {timeText(line.at)}
            </time>
            <span class={`level ${line.level}`}>{line.level}</span>
            <span class="log-message">
              <Plain text={line.message} />
              {Object.keys(line.fields).length > 0 && (
                <Code text={jsonText(line.fields)} label="Fields of the line" />
              )}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}
