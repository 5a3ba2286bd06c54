import type { AuditEntry, AuditLog } from "../../api/api-types.ts";
import { limitOf, partOf } from "../data/request.ts";
import { useAnswer } from "../data/use-answer.ts";
import { Answer, LimitNote, Nothing, Plain, TableFrame, TimeAgo, ViewTitle } from "../parts/page-parts.tsx";

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
};

/** Who changed what by the dashboard, newest first. */
export function AuditPage() {
  const read = useAnswer<AuditLog>("audit");
  return (
    <>
      <ViewTitle title="Audit log" />
      <Answer of={read}>
        {({ entries }) => {
          const limit = limitOf(entries);
          const lines = partOf(entries);
          if (limit !== undefined) return <LimitNote limit={limit} />;
          if (lines === undefined || lines.length === 0)
            return <Nothing>Nobody has changed anything by the dashboard.</Nothing>;
          return <AuditTable lines={lines} />;
        }}
      </Answer>
    </>
  );
}

function AuditTable({ lines }: { lines: readonly AuditEntry[] }) {
  return (
    <TableFrame label="Audit log">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Who</th>
          <th scope="col">Action</th>
          <th scope="col" class="wide">
            Target
          </th>
          <th scope="col">Outcome</th>
        </tr>
      </thead>
      <tbody>
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
      </tbody>
    </TableFrame>
  );
}
