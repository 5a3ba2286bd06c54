import type { MinuteRow, Overview, QueueRow } from "../../api/api-types.ts";
import { totalOf, useLive } from "../data/live.ts";
import { limitOf, partOf } from "../data/request.ts";
import { hrefs, Link } from "../frame/router.tsx";
import { LineChart } from "../parts/line-chart.tsx";
import { CountCell, LimitNote, Nothing, Plain, Section, Table, ViewTitle } from "../parts/page-parts.tsx";
import { StateLabel } from "../parts/state-label.tsx";
import { countText, durationText, plainText, rateText } from "../parts/text-format.ts";

/** All queues at a look, and what happened in the last hour. */
export function OverviewPage() {
  const { overview, status } = useLive();
  return (
    <>
      <ViewTitle title="Overview" />
      {overview === undefined ? (
        <Nothing>{status === "lost" ? "The server of the dashboard does not answer." : "Reading …"}</Nothing>
      ) : (
        <>
          <Totals queues={overview.queues} />
          <Activity minutes={overview.minutes} />
          <Section title="Queues">
            <QueueTable queues={overview.queues} />
          </Section>
          {overview.app.limits.length > 0 && (
            <Section title="What this app cannot show">
              {overview.app.limits.map((limit) => (
                <LimitNote key={limit.feature} limit={limit} />
              ))}
            </Section>
          )}
        </>
      )}
    </>
  );
}

function Totals({ queues }: { queues: readonly QueueRow[] }) {
  const sum = (key: "ready" | "active" | "delayed" | "dead") => totalOf(queues.map((queue) => queue[key].n));
  const ages = queues.flatMap(({ oldestAgeMs }) => (oldestAgeMs === null ? [] : [oldestAgeMs]));
  const totals: readonly (readonly [string, string, string])[] = [
    ["Ready", countText(sum("ready")), ""],
    ["Active", countText(sum("active")), ""],
    ["Delayed", countText(sum("delayed")), ""],
    ["Dead", countText(sum("dead")), (sum("dead") ?? 0) > 0 ? "bad" : ""],
    ["Oldest waits", ages.length === 0 ? "–" : durationText(Math.max(...ages)), ""],
  ];
  return (
    <dl class="totals">
      {totals.map(([name, value, tone]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd class={tone}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Activity({ minutes }: { minutes: Overview["minutes"] }) {
  const rows = partOf(minutes);
  const limit = limitOf(minutes);
  if (rows !== undefined)
    return (
      <Section title="Last hour">
        <MinutesChart rows={rows} />
      </Section>
    );
  return (
    <Section title="Since this page was opened">
      <RatesChart />
      {limit !== undefined && <LimitNote limit={limit} />}
    </Section>
  );
}

function MinutesChart({ rows }: { rows: readonly MinuteRow[] }) {
  const values = (key: "enqueued" | "succeeded" | "failed" | "dead") => rows.map((row) => row[key]);
  const total = (key: "enqueued" | "succeeded" | "failed" | "dead") => countText(totalOf(values(key)));
  return (
    <LineChart
      summary={`Jobs a minute in the last hour: ${total("enqueued")} enqueued, ${total("succeeded")} succeeded, ${total("failed")} attempts failed, ${total("dead")} dead.`}
      times={rows.map(({ at }) => at)}
      lines={[
        { label: "Enqueued a minute", tone: "calm", values: values("enqueued") },
        { label: "Succeeded", tone: "info", values: values("succeeded") },
        { label: "Failed", tone: "bad", values: values("failed") },
      ]}
    />
  );
}

function RatesChart() {
  const { rates } = useLive();
  const latest = rates.at(-1);
  return (
    <LineChart
      summary={`Jobs a second: ${rateText(latest?.entered ?? null)} in, ${rateText(latest?.left ?? null)} out.`}
      times={rates.map(({ at }) => at)}
      lines={[
        { label: "In, jobs a second", tone: "calm", values: rates.map(({ entered }) => entered) },
        { label: "Out", tone: "info", values: rates.map(({ left }) => left) },
      ]}
    />
  );
}

const QUEUE_COLUMNS = [
  "Queue",
  ["Ready", "number"],
  ["Active", "number"],
  ["Delayed", "number wide"],
  ["Dead", "number"],
  ["Oldest", "number wide"],
  ["In", "number wide"],
  ["Out", "number wide"],
] as const;

function QueueTable({ queues }: { queues: readonly QueueRow[] }) {
  return (
    <Table label="Queues" columns={QUEUE_COLUMNS}>
      {queues.map((queue) => (
        <QueueLine key={queue.name} queue={queue} />
      ))}
    </Table>
  );
}

function QueueLine({ queue }: { queue: QueueRow }) {
  return (
    <tr>
      <th scope="row">
        <Link href={hrefs.queue(queue.name)}>
          <Plain text={queue.name} />
        </Link>{" "}
        {queue.isPaused && <StateLabel state="paused" />}
        {queue.error !== undefined && <div class="error-line">{plainText(queue.error)}</div>}
      </th>
      <td class="number">
        <CountCell count={queue.ready} />
      </td>
      <td class="number">
        <CountCell count={queue.active} />
      </td>
      <td class="number wide">
        <CountCell count={queue.delayed} />
      </td>
      <td class="number">
        <CountCell count={queue.dead} tone="bad" />
      </td>
      <td class="number wide">{durationText(queue.oldestAgeMs)}</td>
      <td class="number wide">{rateText(queue.inRate)}</td>
      <td class="number wide">{rateText(queue.outRate)}</td>
    </tr>
  );
}
