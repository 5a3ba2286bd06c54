import type { App } from "@jobs/core";
import type { MessageState, StoreRole } from "@jobs/core/broker";
import { openApp } from "../project/open-app.ts";
import type { FlagSettings } from "../project/open-project.ts";
import { describeMessage } from "../queues/describe-message.ts";
import { paramsView } from "../queues/params-view.ts";
import { selectQueues } from "../queues/selected-queues.ts";
import type { TypedWords } from "./typed-words.ts";

/** A word that can be inserted. */
export interface Candidate {
  readonly value: string;
  /** Shown beside it where the shell can. */
  readonly text?: string;
}

/** Names of a project for a line in which these words were typed. */
export type NamesOf = (typed: TypedWords) => ProjectNames;

/** What a project has names for. Each rejects as loading the project does. */
export interface ProjectNames {
  tasks(): Promise<readonly Candidate[]>;
  /** `name=` of each parameter that is not `given`; values where only some are possible. */
  params(task: string, given: readonly string[]): Promise<readonly Candidate[]>;
  queues(): Promise<readonly Candidate[]>;
  schedules(): Promise<readonly Candidate[]>;
  /** Kinds of installed adapters. */
  stores(role: StoreRole): Promise<readonly Candidate[]>;
  /** Ids of stored jobs; none where the broker cannot show them at once. */
  ids(which: "dead" | "any"): Promise<readonly Candidate[]>;
}

/** At most so many jobs of a queue and state are offered. */
const IDS = 50;

const STATES: readonly MessageState[] = ["ready", "delayed", "leased", "dead"];

/** Loads the app where a name needs it. Opens a broker for ids only, and no store that does not exist yet. */
export const projectNames: NamesOf = ({ flags: typed }) => {
  const flags = settingsOf(typed);
  const withDefinition = async <T>(read: (app: App) => T): Promise<T> => {
    await using opened = await openApp({ flags, isAppOptional: true, hasBroker: false });
    return read(opened.app);
  };
  return {
    tasks: () =>
      withDefinition(({ tasks }) =>
        tasks.tasks.map(({ name, options, signature }) => ({
          value: name,
          text: options.description ?? `(${signature.text})`,
        })),
      ),
    params: (task, given) => withDefinition((app) => paramsOf(app, task, given)),
    queues: () => withDefinition(({ queues }) => queues.map((value) => ({ value }))),
    schedules: () =>
      withDefinition(({ definition }) => definition.schedules.map(({ name }) => ({ value: name }))),
    async stores(role) {
      const { installedAdapters } = await import("../project/find-adapter.ts");
      return installedAdapters(process.cwd(), role).map(({ kind }) => ({ value: kind }));
    },
    async ids(which) {
      await using opened = await openApp({ flags, isAppOptional: true, use: "look" });
      return await idsOf(opened.app, which === "dead" ? ["dead"] : STATES, queuesOf(typed));
    },
  };
};

/** The flags of the line that choose the project and its broker. */
function settingsOf(typed: TypedWords["flags"]): FlagSettings {
  const names = ["config", "app", "broker", "results", "history", "prefix", "endpoint", "region"] as const;
  const given = names.map((name) => [name, typed[name]] as const);
  return Object.fromEntries(given.filter(([, value]) => typeof value === "string"));
}

function queuesOf({ queues, queue }: TypedWords["flags"]): readonly string[] {
  const written = queues ?? queue;
  return typeof written === "string" ? written.split(",") : [];
}

function paramsOf({ tasks }: App, task: string, given: readonly string[]): readonly Candidate[] {
  const { params = [] } = tasks.find(task)?.signature ?? {};
  const names = new Set(given.map((word) => word.replace(/(\[\])?:?=.*$/s, "")));
  const free = params.filter(({ name }) => !names.has(name));
  return free.flatMap(({ name, kind, values = kind === "boolean" ? [true, false] : [] }) => [
    { value: `${name}=`, text: kind },
    ...values.map((value) => ({ value: `${name}=${value}` })),
  ]);
}

async function idsOf(
  app: App,
  states: readonly MessageState[],
  names: readonly string[],
): Promise<readonly Candidate[]> {
  const { broker } = app;
  if (broker === undefined || broker.reach === "process" || broker.absence?.() !== undefined) return [];
  const queues = await selectQueues(app, names);
  // SQS shows messages only by receiving them.
  const readable = queues.filter(({ queue }) => queue.capabilities.peek === true);
  const view = paramsView(app, { params: false, secrets: false });
  const pages = readable.flatMap(({ name, queue }) =>
    states.map(async (state) => {
      const { messages } = await queue.peek({ state, limit: IDS });
      return messages.map((message) => describeMessage(message, name, view));
    }),
  );
  const jobs = (await Promise.all(pages)).flat();
  return jobs.map(({ id, task, state }) => ({ value: id, text: `${task} ${state}` }));
}
