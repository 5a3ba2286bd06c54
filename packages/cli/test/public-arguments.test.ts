import * as core from "@jobs/core";
import { validateBroker } from "@jobs/core/broker";
import * as coreConfig from "@jobs/core/config";
import { dryRun, measureCalls } from "@jobs/core/runtime";
import { createTaskRegistry } from "@jobs/core/task";
import * as host from "@jobs/host";
import { describe, expect, it } from "vitest";
import { ADAPTERS } from "./adapter-doors.ts";
import { OTHERS } from "./other-doors.ts";

type Loose = (...given: readonly unknown[]) => unknown;

/** What somebody passes who has forgotten an argument, or an `await`. */
const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  nothing: [],
  null: [null],
  "a number": [5],
  "a promise": [Promise.resolve()],
};

/** Functions of these entries that read names of settings; their callers are the command and the host. */
const OF_THE_COMMAND = ["variableOf", "variableTaskName", "durationReader"];

/** Functions of `@jobs/create` whose arguments its two commands make. */
const OF_CREATE = ["findBroker", "planProject", "writeProject", "packageManagerOf", "startProject"];

const MORE = { validateBroker, dryRun, measureCalls, createTaskRegistry };

const ENTRIES: readonly object[] = [core, coreConfig, ...ADAPTERS, host, ...Object.values(OTHERS), MORE];

const functions = ENTRIES.flatMap((one) => Object.entries(one)).filter(
  (entry): entry is [string, Loose] =>
    typeof entry[1] === "function" &&
    !/^class/.test(String(entry[1])) &&
    ![...OF_THE_COMMAND, ...OF_CREATE].includes(entry[0]),
);

/** What a call throws or rejects with at once; a call that works or waits has nothing to hide. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await Promise.race([call(), Promise.resolve()]);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("exported functions without usable arguments", () => {
  it.each(functions)("%s throws an error with a code, or none", async (_, call) => {
    for (const [given, args] of Object.entries(WRONG)) {
      const error = await errorOf(() => call(...args));
      if (error !== undefined)
        expect({ given, error }).toMatchObject({ error: { code: expect.any(String) } });
    }
  });

  const app = () => core.createApp({ tasks: [core.defineTask("work", {})] });

  it.each([undefined, null, 5, "x", Promise.resolve(), {}].map((given) => [given]))(
    "bindApp refuses %j in place of its app or its definition",
    (given) => {
      const bind = coreConfig.bindApp as Loose;
      const refused = { name: "ConfigError", code: "invalid_config" };
      expect(() => bind(given, app().definition)).toThrow(
        expect.objectContaining({ ...refused, message: expect.stringContaining("an app made by createApp") }),
      );
      expect(() => bind(app(), given)).toThrow(
        expect.objectContaining({ ...refused, message: expect.stringContaining("definition") }),
      );
    },
  );
});
