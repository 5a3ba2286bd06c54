import type { WorkerList } from "../../api/api-types.ts";
import { limitOf, partOf } from "../data/request.ts";
import { useAnswer } from "../data/use-answer.ts";
import {
  Answer,
  JobLink,
  LimitNote,
  Nothing,
  Plain,
  TableFrame,
  TimeAgo,
  ViewTitle,
} from "../parts/page-parts.tsx";
import { StateLabel } from "../parts/state-label.tsx";
import { countText, plainText } from "../parts/text-format.ts";

type Worker = NonNullable<ReturnType<typeof workersOf>>[number];

function workersOf(list: WorkerList) {
  return partOf(list.workers);
}

/** Who takes jobs now, and what each does. */
export function WorkersPage() {
  const read = useAnswer<WorkerList>("workers");
  return (
    <>
      <ViewTitle title="Workers" />
      <Answer of={read}>
        {(list) => {
          const limit = limitOf(list.workers);
          const workers = workersOf(list);
          if (limit !== undefined) return <LimitNote limit={limit} />;
          if (workers === undefined || workers.length === 0)
            return <Nothing>No worker runs. Start one with: jobs work</Nothing>;
          return <WorkerTable workers={workers} />;
        }}
      </Answer>
    </>
  );
}

function WorkerTable({ workers }: { workers: readonly Worker[] }) {
  return (
    <TableFrame label="Workers">
      <thead>
        <tr>
          <th scope="col">Worker</th>
          <th scope="col">State</th>
          <th scope="col" class="wide">
            Queues
          </th>
          <th scope="col" class="number">
            Running
          </th>
          <th scope="col" class="number wide">
            Done
          </th>
          <th scope="col" class="wide">
            Release
          </th>
          <th scope="col" class="number wide">
            Started
          </th>
        </tr>
      </thead>
      <tbody>
        {workers.map((worker) => (
          <WorkerLine key={worker.worker} worker={worker} />
        ))}
      </tbody>
    </TableFrame>
  );
}

function WorkerLine({ worker }: { worker: Worker }) {
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
