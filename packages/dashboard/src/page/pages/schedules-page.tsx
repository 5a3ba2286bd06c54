import type { ScheduleList, ScheduleRow } from "../../api/api-types.ts";
import { useAnswer } from "../data/use-answer.ts";
import { ActionButton } from "../parts/actions.tsx";
import { Answer, Plain, Rows, Table, TimeAgo, ViewTitle } from "../parts/page-parts.tsx";
import { StateLabel } from "../parts/state-label.tsx";
import { durationText, plainText } from "../parts/text-format.ts";
import { EditScheduleButton } from "./schedule-editor.tsx";

/** What is enqueued by the clock, and when next. */
export function SchedulesPage() {
  const read = useAnswer<ScheduleList>("schedules");
  return (
    <>
      <ViewTitle title="Schedules" />
      <Answer of={read}>
        {(list) => (
          <Rows of={list.schedules} nothing="This app has no schedules.">
            {(schedules) => <ScheduleTable schedules={schedules} after={read.reload} />}
          </Rows>
        )}
      </Answer>
    </>
  );
}

function ScheduleTable({ schedules, after }: { schedules: readonly ScheduleRow[]; after: () => void }) {
  return (
    <Table
      label="Schedules"
      columns={[
        "Schedule",
        ["When", "wide"],
        ["Last", "wide"],
        "Next",
        [
          <span key="actions" class="hidden-text">
            Actions
          </span>,
          "",
        ],
      ]}
    >
      {schedules.map((one) => (
        <ScheduleLine key={one.name} schedule={one} after={after} />
      ))}
    </Table>
  );
}

function ScheduleLine({ schedule, after }: { schedule: ScheduleRow; after: () => void }) {
  const { name, task, isPaused, nextAt, lastAt } = schedule;
  const question = (verb: string, text: string) => ({ title: `${verb} ${name}?`, text, verb });
  return (
    <tr>
      <th scope="row">
        <Plain text={name} /> {isPaused && <StateLabel state="paused" />}
        <div class="muted">
          <Plain text={task} />
        </div>
      </th>
      <td class="wide">{plainText(cadenceOf(schedule))}</td>
      <td class="wide">{lastAt === null ? "–" : <TimeAgo at={lastAt} />}</td>
      <td>
        {nextAt.length === 0
          ? "–"
          : nextAt.slice(0, 3).map((at) => (
              <div key={at}>
                <TimeAgo at={at} />
              </div>
            ))}
      </td>
      <td>
        <div class="buttons end">
          <ActionButton
            action={{ action: "runSchedule", schedule: name }}
            question={question("Run", "Its job is enqueued now. The next ticks stay as they are.")}
            label={`Run now: ${name}`}
            after={after}
          >
            Run now
          </ActionButton>
          {isPaused ? (
            <ActionButton
              action={{ action: "resumeSchedule", schedule: name }}
              question={question("Resume", "Its jobs are enqueued again from the next tick on.")}
              label={`Resume ${name}`}
              after={after}
            >
              Resume
            </ActionButton>
          ) : (
            <ActionButton
              action={{ action: "pauseSchedule", schedule: name }}
              question={question("Pause", "Ticks during the pause are never made up for.")}
              label={`Pause ${name}`}
              after={after}
            >
              Pause
            </ActionButton>
          )}
          {schedule.isStored && <StoredActions schedule={schedule} after={after} />}
        </div>
      </td>
    </tr>
  );
}

/** What can be done to a schedule made at run time. The code has the others. */
function StoredActions({ schedule, after }: { schedule: ScheduleRow; after: () => void }) {
  const { name } = schedule;
  return (
    <>
      <EditScheduleButton schedule={schedule} after={after} />
      <ActionButton
        action={{ action: "removeSchedule", schedule: name }}
        question={{
          title: `Remove ${name}?`,
          text: "It sends no more jobs. Jobs that are sent already stay.",
          verb: "Remove",
          isDestructive: true,
        }}
        label={`Remove ${name}`}
        after={after}
      >
        Remove
      </ActionButton>
    </>
  );
}

/** When it is due: `0 3 * * *, Europe/Berlin`, `every 5 min`. */
function cadenceOf({ cadence }: ScheduleRow): string {
  return "cron" in cadence
    ? `${cadence.cron}, ${cadence.timeZone}`
    : `every ${durationText(cadence.everyMs)}`;
}
