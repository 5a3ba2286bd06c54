import type { AuditEntry, AuditLog } from "../../api/action-types.ts";
import { useAnswer } from "../data/use-answer.ts";
import { Answer, Plain, Rows, Table, TimeAgo, ViewTitle } from "../parts/page-parts.tsx";

/** What each action does, in words. */
const ACTIONS: Readonly<Record<AuditEntry["action"], string>> = {
  retry: "Retry",
  remove: "Remove",
  retryGroup: "Retry a group",
  removeGroup: "Remove a group",
  editAndRetry: "Edit and retry",
  cancel: "Cancel",
  pauseQueue: "Pause queue",
  resumeQueue: "Resume queue",
  purgeQueue: "Remove all of a queue",
  runSchedule: "Run schedule",
  pauseSchedule: "Pause schedule",
  resumeSchedule: "Resume schedule",
  editSchedule: "Edit schedule",
  removeSchedule: "Remove schedule",
};

/** Who changed what by the dashboard, newest first. */
export function AuditPage() {
  const read = useAnswer<AuditLog>("audit");
  return (
    <>
      <ViewTitle title="Audit log" />
      <Answer of={read}>
        {({ entries }) => (
          <Rows of={entries} nothing="Nobody has changed anything by the dashboard.">
            {(lines) => <AuditTable lines={lines} />}
          </Rows>
        )}
      </Answer>
    </>
  );
}

function AuditTable({ lines }: { lines: readonly AuditEntry[] }) {
  return (
    <Table label="Audit log" columns={["When", "Who", "Action", ["Target", "wide"], "Outcome"]}>
      {lines.map((line, index) => (
        <tr key={`${line.at} ${index}`}>
          <td>
            <TimeAgo at={line.at} />
          </td>
          <td>
            <Plain text={line.who} />
          </td>
          <td class="strong">{ACTIONS[line.action]}</td>
          <td class="wide">
            <Plain text={line.target} />
          </td>
          <td>
            <Plain text={line.outcome} />
          </td>
        </tr>
      ))}
    </Table>
  );
}
