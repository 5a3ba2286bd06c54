import { useState } from "preact/hooks";
import type { QueueDetail, QueueRow } from "../../api/api-types.ts";
import { limitOf, partOf } from "../data/request.ts";
import { useAnswer } from "../data/use-answer.ts";
import { hrefs, Link, useAddress } from "../frame/router.tsx";
import { ActionButton } from "../parts/actions.tsx";
import { JobList } from "../parts/job-table.tsx";
import { Answer, CountCell, LimitNote, ViewTitle } from "../parts/page-parts.tsx";
import { StateLabel, stateText } from "../parts/state-label.tsx";
import { durationText, plainText } from "../parts/text-format.ts";

const STATES = [
  ["ready", "ready"],
  ["leased", "active"],
  ["delayed", "delayed"],
  ["dead", "dead"],
] as const;

/** One queue: its numbers, its stored jobs by state, and what can be done to it. */
export function QueuePage({ name }: { name: string }) {
  const state = useAddress().query.get("state") ?? "ready";
  const [turned, setTurned] = useState<{ state: string; cursor: string }>();
  const cursor = turned?.state === state ? turned.cursor : undefined;
  const query = new URLSearchParams({ state, ...(cursor === undefined ? {} : { cursor }) });
  const read = useAnswer<QueueDetail>(`queues/${encodeURIComponent(name)}?${query}`);
  return (
    <>
      <ViewTitle title={name}>
        {read.answer?.queue.isPaused && <StateLabel state="paused" />}
        {read.answer !== undefined && <QueueActions queue={read.answer.queue} after={read.reload} />}
      </ViewTitle>
      <Answer of={read}>
        {({ queue, page }) => {
          const jobs = partOf(page);
          const limit = limitOf(page);
          return (
            <>
              <p class="muted">
                {queue.oldestAgeMs === null
                  ? "No job waits."
                  : `The oldest ready job waits for ${durationText(queue.oldestAgeMs)}.`}
              </p>
              <StateTabs queue={queue} current={state} />
              {limit !== undefined && <LimitNote limit={limit} />}
              {jobs !== undefined && (
                <JobList
                  page={jobs}
                  label={`${stateText(state)} jobs of ${plainText(name)}`}
                  nothing={`No job is ${stateText(state).toLowerCase()}.`}
                  isFirst={cursor === undefined}
                  onTurn={(next) => setTurned(next === undefined ? undefined : { state, cursor: next })}
                />
              )}
            </>
          );
        }}
      </Answer>
    </>
  );
}

function StateTabs({ queue, current }: { queue: QueueRow; current: string }) {
  return (
    <nav class="tabs" aria-label="States">
      {STATES.map(([state, key]) => (
        <Link key={state} href={hrefs.queue(queue.name, state)} isCurrent={state === current}>
          {stateText(state)} <CountCell count={queue[key]} />
        </Link>
      ))}
    </nav>
  );
}

function QueueActions({ queue, after }: { queue: QueueRow; after: () => void }) {
  const { name, isPaused } = queue;
  return (
    <div class="buttons">
      {isPaused ? (
        <ActionButton
          action={{ action: "resumeQueue", queue: name }}
          question={{ title: `Resume ${name}?`, text: "Workers take its jobs again.", verb: "Resume" }}
          after={after}
        >
          Resume
        </ActionButton>
      ) : (
        <ActionButton
          action={{ action: "pauseQueue", queue: name }}
          question={{
            title: `Pause ${name}?`,
            text: "Workers take no more jobs from it until it is resumed. Jobs that run go on.",
            verb: "Pause",
          }}
          after={after}
        >
          Pause
        </ActionButton>
      )}
      <ActionButton
        action={{ action: "purgeQueue", queue: name }}
        question={{
          title: `Remove all waiting jobs of ${name}?`,
          text: "They never run. This cannot be undone.",
          verb: "Remove all",
          isDestructive: true,
        }}
        after={after}
      >
        Remove all
      </ActionButton>
    </div>
  );
}
