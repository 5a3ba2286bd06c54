import { describe, expect, it } from "vitest";
import { COMMANDS } from "../command-table.ts";
import { asCalled, commandName, VERBS } from "./program.ts";

const NPM = { npm_config_user_agent: "npm/10.9.0 node/v22.0.0 linux x64" };
const PNPM = { npm_config_user_agent: "pnpm/10.34.9 npm/? node/v22.0.0 linux x64" };

describe("the name of the command", () => {
  it.each<[string | undefined, Record<string, string>, string]>([
    ["/srv/shop/node_modules/.bin/jobs", {}, "jobs"],
    ["C:\\shop\\jobs.js", {}, "jobs"],
    [undefined, {}, "jobs"],
    ["/srv/shop/node_modules/.bin/jobs-cli", {}, "jobs-cli"],
    ["/srv/shop/node_modules/@jobs/cli/bin/jobs-cli.js", {}, "jobs-cli"],
    ["/srv/shop/node_modules/.bin/jobs-cli", { JOBS_CALLED_AS: "jobs" }, "jobs"],
    ["/srv/shop/node_modules/.bin/jobs-cli", { ...NPM, JOBS_CALLED_AS: "jobs" }, "jobs"],
    ["/srv/shop/node_modules/.bin/jobs-cli", { JOBS_CALLED_AS: "" }, "jobs-cli"],
    ["/srv/shop/node_modules/.bin/jobs-cli", NPM, "npx jobs-cli"],
    ["/srv/shop/node_modules/.bin/jobs", NPM, "npx jobs-cli"],
    ["/srv/shop/node_modules/@jobs/cli/bin/jobs-cli.js", PNPM, "pnpm exec jobs-cli"],
    [
      "/srv/shop/node_modules/.bin/jobs-cli",
      { npm_config_user_agent: "yarn/4.1.0 npm/? node/v22" },
      "yarn jobs-cli",
    ],
    ["/srv/shop/node_modules/.bin/jobs-cli", { npm_config_user_agent: "other/1.0" }, "npx jobs-cli"],
    ["/tmp/cache/node_modules/.bin/cli", NPM, "npx @jobs/cli"],
    ["/tmp/cache/node_modules/@jobs/cli/bin/cli.js", PNPM, "pnpm dlx @jobs/cli"],
  ])("%s with %j is %s", (script, env, name) => {
    expect(commandName({ script, env })).toBe(name);
  });

  it("replaces jobs in command lines, and in no sentence about jobs", () => {
    process.env.JOBS_CALLED_AS = "npx jobs-cli";
    try {
      expect(asCalled("jobs dlq export --batch | jobs enqueue --batch -")).toBe(
        "npx jobs-cli dlq export --batch | npx jobs-cli enqueue --batch -",
      );
      expect(asCalled("X=3s jobs worker; jobs --help lists all; jobs COMMAND --help")).toBe(
        "X=3s npx jobs-cli worker; npx jobs-cli --help lists all; npx jobs-cli COMMAND --help",
      );
      expect(asCalled("jobs wait --until-empty")).toBe("npx jobs-cli wait --until-empty");
      const unchanged =
        "two jobs wait, jobs workers-like; postgres://jobs@db/jobs list, my-jobs run, npx jobs-cli shell";
      expect(asCalled(unchanged)).toBe(unchanged);
    } finally {
      delete process.env.JOBS_CALLED_AS;
    }
  });

  it("knows the first word of every command", () => {
    const first = new Set(Object.keys(COMMANDS).map((id) => id.split(" ")[0]));
    expect([...VERBS].sort()).toEqual([...first].sort());
  });
});
