import { useState } from "preact/hooks";
import type { JobDetail, StoredJob } from "../../api/api-types.ts";
import { useLive } from "../data/live.ts";
import { limitOf, partOf } from "../data/request.ts";
import { useAnswer } from "../data/use-answer.ts";
import { hrefs, Link } from "../frame/router.tsx";
import { Code, ErrorReport } from "../parts/error-report.tsx";
import { Answer, LimitNote, Nothing, Plain, Section, TimeAgo, ViewTitle } from "../parts/page-parts.tsx";
import { StateLabel } from "../parts/state-label.tsx";
import { jsonText, plainText } from "../parts/text-format.ts";
import { JobActions } from "./job-actions.tsx";
import { JobLog, JobTimeline, progressOf } from "./job-timeline.tsx";

/** All that is known of one job. */
export function JobPage({ id }: { id: string }) {
  const [areParamsShown, setParamsShown] = useState(false);
  const read = useAnswer<JobDetail>(`jobs/${encodeURIComponent(id)}${areParamsShown ? "?params=1" : ""}`);
  const { answer, reload } = read;
  return (
    <>
      <ViewTitle title={answer?.job?.task ?? "Job"}>
        {answer?.job && <StateLabel state={answer.job.state} />}
        {answer !== undefined && <JobActions detail={answer} after={reload} />}
      </ViewTitle>
      <p class="id">
        <Plain text={id} />
      </p>
      <Answer of={read}>
        {(detail) => (
          <>
            <JobFacts detail={detail} />
            <Why why={detail.why} />
            <JobError detail={detail} />
            <Section title="Timeline">
              <JobTimeline timeline={detail.timeline} />
            </Section>
            <Params stored={detail.stored} onShow={() => setParamsShown(!areParamsShown)} />
            <Result result={detail.result} />
            <Section title="Log">
              <JobLog log={detail.log} />
            </Section>
          </>
        )}
      </Answer>
    </>
  );
}

function JobFacts({ detail }: { detail: JobDetail }) {
  const { job, flow } = detail;
  const stored = partOf(detail.stored);
  if (job === null && !stored) return <Nothing>Nothing is stored of a job with this id.</Nothing>;
  const progress = progressOf(detail.timeline);
  return (
    <dl class="facts">
      {job !== null && (
        <Fact name="Queue">
          <Link href={hrefs.queue(job.queue)}>
            <Plain text={job.queue} />
          </Link>
        </Fact>
      )}
      {job !== null && job.attempt !== null && <Fact name="Attempt">{job.attempt}</Fact>}
      {stored && stored.state === "delayed" && (
        <Fact name="Due">
          <TimeAgo at={stored.dueAt} />
        </Fact>
      )}
      {stored && stored.priority !== 0 && <Fact name="Priority">{stored.priority}</Fact>}
      {stored?.holder && (
        <Fact name="Runs on">
          <Plain text={stored.holder} />
        </Fact>
      )}
      {job !== null && (
        <Fact name="Last change">
          <TimeAgo at={job.at} />
        </Fact>
      )}
      {flow !== null && (
        <Fact name="Flow">
          <Link href={hrefs.flow(flow)}>
            <Plain text={flow} />
          </Link>
        </Fact>
      )}
      {progress !== undefined && <Fact name="Progress">{plainText(progress)}</Fact>}
      {job !== null && job.tags.length > 0 && <Fact name="Tags">{plainText(job.tags.join(", "))}</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Why({ why }: { why: JobDetail["why"] }) {
  if (why === null) return null;
  return (
    <Section title="Why">
      <div class="why">
        <p class="why-summary">
          <Plain text={why.summary} />
        </p>
        <ul>
          {why.evidence.map((line) => (
            <li key={line}>
              <Plain text={line} />
            </li>
          ))}
        </ul>
        {why.hint !== null && <p class="why-hint">{plainText(why.hint)}</p>}
      </div>
    </Section>
  );
}

function JobError({ detail }: { detail: JobDetail }) {
  const stored = partOf(detail.stored);
  const error = stored?.dead?.error ?? errorOf(detail.result);
  if (!error) {
    const text = stored?.dead?.reason ?? stored?.lastError;
    if (!text) return null;
    return (
      <Section title={stored?.dead ? "Why it is dead" : "Last error"}>
        <p class="error-line">
          <Plain text={text} />
        </p>
      </Section>
    );
  }
  return (
    <Section title={stored?.dead ? `Dead: ${plainText(stored.dead.reason)}` : "Error"}>
      <ErrorReport error={error} />
    </Section>
  );
}

function errorOf(result: JobDetail["result"]) {
  const error = partOf(result)?.error;
  return error && { name: error.name, message: error.message, stack: error.stack ?? null };
}

function Params({ stored, onShow }: { stored: JobDetail["stored"]; onShow: () => void }) {
  const mayShow = useLive().overview?.app.mayShowParams ?? false;
  const limit = limitOf(stored);
  const job: StoredJob | null | undefined = partOf(stored);
  if (limit !== undefined)
    return (
      <Section title="Stored job">
        <LimitNote limit={limit} />
      </Section>
    );
  if (!job) return null;
  return (
    <Section title="Parameters">
      {job.areParamsHidden ? (
        <p class="muted">
          {mayShow
            ? "They are hidden until you ask for them."
            : "They are hidden. The dashboard shows them to those who may act, if it was started to show them."}
        </p>
      ) : (
        <Code text={jsonText(job.params)} label="Parameters" />
      )}
      {mayShow && (
        <button type="button" class="small" onClick={onShow}>
          {job.areParamsHidden ? "Show parameters" : "Hide parameters"}
        </button>
      )}
    </Section>
  );
}

function Result({ result }: { result: JobDetail["result"] }) {
  const limit = limitOf(result);
  const kept = partOf(result);
  return (
    <Section title="Result">
      {limit !== undefined && <LimitNote limit={limit} />}
      {limit === undefined && !kept && <Nothing>No result is kept.</Nothing>}
      {kept && kept.status !== "succeeded" && <StateLabel state={kept.status} />}
      {kept?.status === "succeeded" && <Code text={jsonText(kept.value ?? null)} label="Result" />}
    </Section>
  );
}
