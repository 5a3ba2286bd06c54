import { createHash } from "node:crypto";
import { ConfigError } from "@jobs/core";
import { escapeText, HISTORY_STATES, type JobRecord } from "@jobs/core/broker";
import type { RedisLink } from "../connection/redis-link.ts";
import type { Script } from "../scripts/script.ts";

/** Asks a script of the history, and returns its answer without the first word. */
export type AskHistory = (script: Script, asked: Readonly<Record<string, unknown>>) => Promise<HistoryAnswer>;

/** `ok` or `again`, and the parts of the answer. */
export interface HistoryAnswer {
  readonly status: "ok" | "again";
  readonly parts: readonly unknown[];
}

/** The scripts of a history with keys of this prefix. @throws ConfigError naming a key that holds something else */
export function historyScripts(link: RedisLink, prefix: string): AskHistory {
  const base = `${prefix}:{history}:`;
  return async (script, asked) => {
    const answer = await link.script(script, { keys: [`${base}events`] }, [base, JSON.stringify(asked)]);
    const [status, ...parts] = answer as readonly unknown[];
    if (status === "ok" || status === "again") return { status, parts };
    const [key, found, expected] = parts;
    throw new ConfigError(`redis history: the key ${key} holds a ${found}; expected a ${expected}.`, {
      hint: "Another program has written there. Rename the key or delete it, or use another prefix.",
    });
  };
}

/** The index of all jobs. */
export const ALL_JOBS = "jobs";

/** The index of the jobs with one value of a member. */
export function indexOf(member: "state" | "task" | "queue" | "tag" | "flow", value: string): string {
  return `${member}:${escapeText(value)}`;
}

/** All indexes that have a job. */
export function indexesOf({ state, task, queue, tags, flow }: JobRecord): readonly string[] {
  return [
    ALL_JOBS,
    indexOf("state", state),
    indexOf("task", task),
    indexOf("queue", queue),
    ...new Set(tags.map((tag) => indexOf("tag", tag))),
    ...(flow === undefined ? [] : [indexOf("flow", flow)]),
  ];
}

/** The indexes that may have a job whose record is damaged. Lists leave out what other indexes still have of it. */
export const INDEXES_OF_DAMAGED: readonly string[] = [
  ALL_JOBS,
  ...HISTORY_STATES.map((state) => indexOf("state", state)),
];

/** The digest by which a script knows whether a text is still the same. */
export function digestOf(text: string | null | undefined): string {
  return createHash("sha1")
    .update(text ?? "")
    .digest("hex");
}
