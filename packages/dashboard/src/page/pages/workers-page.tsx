import type { WorkerPresence } from "@jobs/core/runtime";
import type { WorkerList } from "../../api/api-types.ts";
import { useAnswer } from "../data/use-answer.ts";
import { Answer, JobLink, Plain, Rows, Table, TimeAgo, ViewTitle } from "../parts/page-parts.tsx";
import { StateLabel } from "../parts/state-label.tsx";
import { countText, plainText } from "../parts/text-format.ts";

/** Who takes jobs now, and what each does. */
export function WorkersPage() {
  const read = useAnswer<WorkerList>("workers");
  return (
    <>
      <ViewTitle title="Workers" />
      <Answer of={read}>
        {(list) => (
          <Rows of={list.workers} nothing="No worker runs. Start one with: jobs worker">
            {(workers) => <WorkerTable workers={workers} />}
          </Rows>
        )}
      </Answer>
    </>
  );
}

function WorkerTable({ workers }: { workers: readonly WorkerPresence[] }) {
  return (
    <Table
      label="Workers"
      columns={[
        "Worker",
        "State",
        ["Queues", "wide"],
        ["Running", "number"],
        ["Done", "number wide"],
        ["Release", "wide"],
        ["Started", "number wide"],
      ]}
    >
      {workers.map((worker) => (
        <WorkerLine key={worker.worker} worker={worker} />
      ))}
    </Table>
  );
}

function WorkerLine({ worker }: { worker: WorkerPresence }) {
  return (
    <tr>
      <th scope="row">
        <Plain text={worker.worker} />
        {worker.jobs.length > 0 && (
          <ul class="running-jobs">
            {worker.jobs.map((job) => (
              <li key={job.id}>
                <Plain text={job.task} /> <JobLink id={job.id} />, started <TimeAgo at={job.startedAt} />
              </li>
            ))}
          </ul>
        )}
      </th>
      <td>
        <StateLabel state={worker.state} />
        {!worker.isReady && worker.state === "running" && <div class="muted">takes no jobs</div>}
      </td>
      <td class="wide">{plainText(worker.queues.join(", "))}</td>
      <td class="number">
        {countText(worker.running)} / {countText(worker.concurrency)}
      </td>
      <td class="number wide">{countText(worker.settled)}</td>
      <td class="wide">{plainText(worker.release ?? "–")}</td>
      <td class="number wide">
        <TimeAgo at={worker.startedAt} />
      </td>
    </tr>
  );
}
