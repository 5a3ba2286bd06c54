import type { DeadGroup, DeadLetters } from "../../api/api-types.ts";
import { useLive } from "../data/live.ts";
import { useAnswer } from "../data/use-answer.ts";
import { goTo, hrefs, useAddress } from "../frame/router.tsx";
import { ActionButton } from "../parts/actions.tsx";
import { Answer, JobLink, LimitNote, Nothing, Plain, TimeAgo, ViewTitle } from "../parts/page-parts.tsx";
import { jobsText, plainText } from "../parts/text-format.ts";

/** Groups are made of all dead letters, so they are read less often than other views. */
const READ_EVERY = 10;

/** Dead letters that share queue, reason, task and signature, and what can be done to all of them. */
export function DeadPage() {
  const queue = useAddress().query.get("queue") ?? "";
  const query = queue === "" ? "" : `?${new URLSearchParams({ queue })}`;
  const read = useAnswer<DeadLetters>(`dead${query}`, READ_EVERY);
  return (
    <>
      <ViewTitle title="Dead letters">
        <QueueChoice queue={queue} />
      </ViewTitle>
      <Answer of={read}>
        {({ groups, unsupported }) => (
          <>
            {groups.length === 0 && <Nothing>No job is dead.</Nothing>}
            {groups.map((group) => (
              <Group key={keyOf(group)} group={group} after={read.reload} />
            ))}
            {unsupported.map((limit) => (
              <LimitNote key={limit.queue} limit={{ ...limit, why: `${limit.queue}: ${limit.why}` }} />
            ))}
          </>
        )}
      </Answer>
    </>
  );
}

function keyOf({ queue, reason, task, signature }: DeadGroup): string {
  return JSON.stringify([queue, reason, task, signature]);
}

function QueueChoice({ queue }: { queue: string }) {
  const queues = useLive().overview?.queues ?? [];
  return (
    <label class="choice">
      <span>Queue</span>
      <select value={queue} onChange={(event) => goTo(hrefs.dead(event.currentTarget.value || undefined))}>
        <option value="">All queues</option>
        {queues.map(({ name }) => (
          <option key={name} value={name}>
            {plainText(name)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Group({ group, after }: { group: DeadGroup; after: () => void }) {
  const { queue, reason, task, count, isPartial, error, signature } = group;
  return (
    <article class="card" aria-label={`${plainText(task)}, ${plainText(reason)}`}>
      <header class="card-head">
        <div>
          <h2>
            <Plain text={task} />
          </h2>
          <p class="muted">
            <span class="state bad">{plainText(reason)}</span> in <Plain text={queue} />, newest{" "}
            <TimeAgo at={group.newestAt} />
            {signature !== null && signature !== "" && (
              <>
                , signature <code>{plainText(signature)}</code>
              </>
            )}
          </p>
        </div>
        <p class="card-count">
          {jobsText(count)}
          {isPartial && " or more"}
        </p>
      </header>
      {error !== null && (
        <p class="error-line">
          <Plain text={error} />
        </p>
      )}
      <GroupActions group={group} after={after} />
      <details>
        <summary>Newest jobs</summary>
        <ul class="ids">
          {group.sample.map((id) => (
            <li key={id}>
              <JobLink id={id} />
            </li>
          ))}
        </ul>
      </details>
    </article>
  );
}

function GroupActions({ group, after }: { group: DeadGroup; after: () => void }) {
  const { queue, reason, task, signature, count } = group;
  const which = { queue, reason, task, ...(signature === null ? {} : { signature }) };
  const all = jobsText(count);
  const name = plainText(task);
  return (
    <div class="buttons">
      <ActionButton
        action={{ action: "retryGroup", ...which }}
        question={{ title: `Retry ${all}?`, text: `All of ${name} in this group wait again.`, verb: "Retry" }}
        label={`Retry all of ${name}`}
        after={after}
      >
        Retry all
      </ActionButton>
      <ActionButton
        action={{ action: "retryGroup", ...which, onlyValid: true }}
        question={{
          title: `Retry the valid ones of ${all}?`,
          text: "Those whose parameters today's code accepts wait again. The others stay dead.",
          verb: "Retry valid",
        }}
        label={`Retry valid only of ${name}`}
        after={after}
      >
        Retry valid only
      </ActionButton>
      <ActionButton
        action={{ action: "removeGroup", ...which }}
        question={{
          title: `Remove ${all}?`,
          text: "They never run. This cannot be undone.",
          verb: "Remove",
          isDestructive: true,
        }}
        label={`Remove all of ${name}`}
        after={after}
      >
        Remove all
      </ActionButton>
    </div>
  );
}
