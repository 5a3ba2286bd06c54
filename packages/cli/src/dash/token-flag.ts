import type { DashboardToken } from "@jobs/dashboard";
import { Flags } from "../base/oclif.ts";
import { CliError } from "../output/cli-error.ts";
import { rememberSecrets } from "../output/mask-secrets.ts";
import { processSources, readSource } from "../params/read-source.ts";

const WRITTEN = /^(?<name>[\w.@-]+?)(?::(?<role>view|act))?=(?<token>.+)$/s;

/** Somebody with a token. It is never shown: errors do not quote what was written. */
export const tokenFlag = Flags.custom<DashboardToken>({
  helpValue: "NAME[:view]=TOKEN|@FILE",
  async parse(written) {
    const { name, role, token } = WRITTEN.exec(written)?.groups ?? {};
    if (name === undefined || token === undefined)
      throw new CliError("usage", "must be NAME=TOKEN, NAME:view=TOKEN or NAME=@FILE, separated by commas.");
    const text = (await readSource(token, "--token", processSources())).trim();
    rememberSecrets(text, "token");
    return { name, token: text, ...(role === undefined ? {} : { role: role as "view" | "act" }) };
  },
});
