import { loadPart } from "../runtime/load-part.ts";
import type { Schedules } from "../schedule/schedules.ts";
import type { StoredSchedules } from "../schedule/stored-schedules.ts";
import type { OpenApp } from "./open-app.ts";

/** `app.schedules`. The first call loads their code. `open` gives the open app for the call that it names. */
export function appSchedules(open: (call: string) => OpenApp): Schedules {
  async function use<Value>(call: string, work: (schedules: Schedules) => Promise<Value>): Promise<Value> {
    const app = open(call);
    const [{ createSchedules }, { createStoredSchedules }] = await loadPart(() =>
      Promise.all([import("../schedule/schedules.ts"), import("../schedule/stored-schedules.ts")]),
    );
    const { schedules } = app.definition;
    const stored = storedSchedulesOf(app, createStoredSchedules);
    return work(createSchedules({ ...app, schedules, stored, now: () => app.runtime.clock.now() }));
  }
  return {
    list: () => use("app.schedules.list", (schedules) => schedules.list()),
    run: (name) => use("app.schedules.run", (schedules) => schedules.run(name)),
    pause: (name) => use("app.schedules.pause", (schedules) => schedules.pause(name)),
    resume: (name) => use("app.schedules.resume", (schedules) => schedules.resume(name)),
    set: (name, schedule) => use("app.schedules.set", (schedules) => schedules.set(name, schedule)),
    remove: (name) => use("app.schedules.remove", (schedules) => schedules.remove(name)),
  };
}

/** The schedules made at run time, in an app that has them and a coordination store. */
export function storedSchedulesOf(
  { definition, appCoordination: { coordination } }: OpenApp,
  create: typeof import("../schedule/stored-schedules.ts").createStoredSchedules,
): StoredSchedules | undefined {
  if (!definition.hasStoredSchedules || coordination === undefined) return undefined;
  return create(coordination, definition);
}
