import { useState } from "preact/hooks";
import type { JobList as Jobs } from "../../api/api-types.ts";
import { useLive } from "../data/live.ts";
import { limitOf, partOf } from "../data/request.ts";
import { useAnswer } from "../data/use-answer.ts";
import { goTo, hrefs, useAddress } from "../frame/router.tsx";
import { JobList } from "../parts/job-table.tsx";
import { Answer, LimitNote, ViewTitle } from "../parts/page-parts.tsx";
import { stateText } from "../parts/state-label.tsx";
import { plainText } from "../parts/text-format.ts";

const STATES = ["enqueued", "started", "succeeded", "retried", "snoozed", "held", "dead", "cancelled"];

const TIMES = [
  ["", "Any time"],
  ["900000", "Last 15 minutes"],
  ["3600000", "Last hour"],
  ["86400000", "Last day"],
  ["604800000", "Last 7 days"],
] as const;

/** Names of what a search can ask for; `within` is how long ago at most, in ms. */
const FIELDS = ["task", "queue", "state", "tag", "within"] as const;

/** Jobs of the history, by task, queue, state, tag and time; or one by its id. */
export function JobsPage() {
  const { query } = useAddress();
  const [cursor, setCursor] = useState<{ search: string; at: string }>();
  const since = query.get("within");
  const [openedAt] = useState(Date.now);
  const asked = new URLSearchParams();
  for (const name of FIELDS) {
    const value = query.get(name);
    if (value && name !== "within") asked.set(name, value);
  }
  if (since) asked.set("since", String(openedAt - Number(since)));
  const search = `${asked}`;
  const turned = cursor?.search === search ? cursor.at : undefined;
  if (turned !== undefined) asked.set("cursor", turned);
  const read = useAnswer<Jobs>(`jobs?${asked}`);
  return (
    <>
      <ViewTitle title="Jobs" />
      <IdForm />
      <SearchForm key={`${query}`} query={query} />
      <Answer of={read}>
        {(answer) => {
          const page = partOf(answer.page);
          const limit = limitOf(answer.page);
          if (page === undefined) return limit && <LimitNote limit={limit} />;
          return (
            <JobList
              page={page}
              label="Jobs found"
              nothing="No job of the history matches."
              isFirst={turned === undefined}
              onTurn={(at) => setCursor(at === undefined ? undefined : { search, at })}
            />
          );
        }}
      </Answer>
    </>
  );
}

function IdForm() {
  const [id, setId] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    if (id.trim() !== "") goTo(hrefs.job(id.trim()));
  };
  return (
    <search>
      <form class="search" onSubmit={submit}>
        <label class="grow">
          <span>Id of a job</span>
          <input
            type="search"
            value={id}
            placeholder="Opens the job, wherever it is"
            onInput={(event) => setId(event.currentTarget.value)}
          />
        </label>
        <button type="submit">Open</button>
      </form>
    </search>
  );
}

function SearchForm({ query }: { query: URLSearchParams }) {
  const queues = useLive().overview?.queues ?? [];
  const submit = (event: Event) => {
    event.preventDefault();
    const values = new FormData(event.currentTarget as HTMLFormElement);
    const filled = FIELDS.map((name) => [name, String(values.get(name) ?? "").trim()] as const);
    goTo(hrefs.jobs(Object.fromEntries(filled.filter(([, value]) => value !== ""))));
  };
  const options = (list: readonly (readonly [string, string])[]) =>
    list.map(([value, text]) => (
      <option key={value} value={value}>
        {text}
      </option>
    ));
  const select = (name: string, label: string, list: readonly (readonly [string, string])[]) => (
    <label>
      <span>{label}</span>
      <select name={name} defaultValue={query.get(name) ?? ""}>
        {options(list)}
      </select>
    </label>
  );
  return (
    <search>
      <form class="search" onSubmit={submit}>
        <label>
          <span>Task</span>
          <input name="task" defaultValue={query.get("task") ?? ""} />
        </label>
        {select("queue", "Queue", [
          ["", "Any"],
          ...queues.map(({ name }) => [name, plainText(name)] as const),
        ])}
        {select("state", "State", [["", "Any"], ...STATES.map((one) => [one, stateText(one)] as const)])}
        <label>
          <span>Tag</span>
          <input name="tag" defaultValue={query.get("tag") ?? ""} />
        </label>
        {select("within", "Time", TIMES)}
        <button type="submit" class="primary">
          Search
        </button>
      </form>
    </search>
  );
}
