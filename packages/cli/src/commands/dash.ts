import { GLOBAL_FLAGS, PROJECT_FLAGS } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { Flags } from "../base/oclif.ts";
import { toggle } from "../base/toggle.ts";
import { tokenFlag } from "../dash/token-flag.ts";

export default class Dash extends JobsCommand {
  static override flags = {
    host: Flags.string({
      description: "Address to listen on. Default 127.0.0.1; any other needs a token.",
      helpValue: "HOST",
    }),
    port: Flags.integer({
      description: "Port to listen on; 0 takes a free one. Default 7710.",
      min: 0,
      max: 65_535,
      helpValue: "PORT",
    }),
    token: tokenFlag({
      description:
        "Who may look: the name is for the audit log, and view looks only. @FILE reads the token, of at least 16 characters, from a file.",
      env: "JOBS_DASH_TOKENS",
    }),
    "allow-host": Flags.string({
      description:
        "Names of this server as browsers send them, with the port if it is not 80 or 443; others are refused.",
      helpValue: "a.example,b.example:8080",
      multiple: true,
      delimiter: ",",
      multipleNonGreedy: true,
    }),
    "base-path": Flags.string({
      description: "Path that all addresses begin with, behind a proxy that keeps it.",
      helpValue: "/PATH",
    }),
    "read-only": toggle({ description: "Refuse every change, whoever asks." }),
    "show-params": toggle({ description: "Let those who may act see the parameters of jobs." }),
    ...PROJECT_FLAGS,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs dash",
    "jobs dash --port 8080 --read-only",
    "jobs dash --host 0.0.0.0 --token ann=@/run/secrets/ann,ben:view=@/run/secrets/ben",
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(Dash);
    const { runDashboard } = await import("../dash/run-dashboard.ts");
    await runDashboard(flags, this.output);
  }
}
