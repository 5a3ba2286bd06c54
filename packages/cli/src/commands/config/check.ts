import type { App } from "@jobs/core";
import { countOf } from "@jobs/core/config";
import { GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG } from "../../base/global-flags.ts";
import { JobsCommand } from "../../base/jobs-command.ts";
import { toggle } from "../../base/toggle.ts";
import { within } from "../../base/with-app.ts";
import { EXIT, type ExitCode } from "../../output/exit-codes.ts";
import { openApp } from "../../project/open-app.ts";

export default class ConfigCheck extends JobsCommand {
  static override flags = {
    connect: toggle({
      description:
        "Ask the broker for each queue as well, and the result store: exit 69, 77 or 78 if one of them refuses.",
    }),
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = ["jobs config check", "jobs config check --connect --timeout 5s"];

  async run(): Promise<ExitCode> {
    const { flags } = await this.parse(ConfigCheck);
    // Creating the broker and the store checks their addresses and options. They are contacted only on request.
    await using opened = await openApp({ flags, use: "run" });
    const { app } = opened;
    if (flags.connect) await within({ app, timeout: flags.timeout }, connect(app));
    const { warnings } = app.config;
    if (this.output.isJson)
      this.output.json({ isOk: warnings.length === 0, isConnected: flags.connect, warnings });
    else this.output.line(warnings.length === 0 ? "ok" : countOf(warnings.length, "warning"));
    return warnings.length === 0 ? EXIT.ok : EXIT.no;
  }
}

/** Asks each queue and the result store for something small. @throws the error of the first one that refuses */
async function connect(app: App): Promise<void> {
  for (const name of app.queues) await app.stats(name);
  await app.results?.get("an-id");
}
