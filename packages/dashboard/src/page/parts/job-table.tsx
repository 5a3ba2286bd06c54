import type { JobPage, JobRow } from "../../api/api-types.ts";
import { JobLink, Nothing, Plain, Table, TimeAgo } from "./page-parts.tsx";
import { StateLabel } from "./state-label.tsx";
import { durationText } from "./text-format.ts";

/** Jobs of a list. `label`: what they are, for screen readers. */
function JobTable({ jobs, label }: { jobs: readonly JobRow[]; label: string }) {
  return (
    <Table
      label={label}
      columns={[
        "State",
        "Task",
        "Id",
        ["Queue", "wide"],
        ["Attempt", "number wide"],
        ["Took", "number wide"],
        ["When", "number"],
      ]}
    >
      {jobs.map((job) => (
        <JobLine key={`${job.queue} ${job.id}`} job={job} />
      ))}
    </Table>
  );
}

function JobLine({ job }: { job: JobRow }) {
  return (
    <tr>
      <td>
        <StateLabel state={job.state} />
      </td>
      <td class="strong">
        <Plain text={job.task} />
        {job.tags.map((tag) => (
          <span key={tag} class="tag">
            <Plain text={tag} />
          </span>
        ))}
        {job.error !== null && (
          <div class="error-line">
            <Plain text={job.error} />
          </div>
        )}
      </td>
      <td>
        <JobLink id={job.id} />
      </td>
      <td class="wide">
        <Plain text={job.queue} />
      </td>
      <td class="number wide">{job.attempt ?? "–"}</td>
      <td class="number wide">{durationText(job.durationMs)}</td>
      <td class="number">
        <TimeAgo at={job.at} />
      </td>
    </tr>
  );
}

interface JobListProps {
  readonly page: JobPage;
  readonly label: string;
  /** Shown where there is none. */
  readonly nothing: string;
  /** Shows the next page; `undefined` goes back to the first. */
  readonly onTurn: (cursor: string | undefined) => void;
  readonly isFirst: boolean;
}

/** A page of jobs with the way to the next one. */
export function JobList({ page, label, nothing, onTurn, isFirst }: JobListProps) {
  const { jobs, nextCursor } = page;
  return (
    <>
      {jobs.length === 0 ? <Nothing>{nothing}</Nothing> : <JobTable jobs={jobs} label={label} />}
      <div class="buttons">
        {!isFirst && (
          <button type="button" class="small" onClick={() => onTurn(undefined)}>
            First page
          </button>
        )}
        {nextCursor !== null && (
          <button type="button" class="small" onClick={() => onTurn(nextCursor)}>
            Next page
          </button>
        )}
      </div>
    </>
  );
}
