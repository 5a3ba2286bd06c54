import type { DashboardToken } from "@jobs/dashboard";
import { Flags } from "../base/oclif.ts";
import { CliError } from "../output/cli-error.ts";
import { rememberSecrets } from "../output/mask-secrets.ts";
import { type ParamSources, processSources, readSource } from "../params/read-source.ts";

const WRITTEN = /^(?<name>[\w.@-]+?)(?::(?<role>view|act))?=(?<token>.+)$/s;

/** Those with a token, separated by commas. Tokens are never shown: errors do not quote what was written. */
export const tokenFlag = Flags.custom<readonly DashboardToken[]>({
  helpValue: "NAME[:view]=TOKEN|@FILE,…",
  parse: async (written) => {
    const sources = processSources();
    return Promise.all(written.split(",").map((one) => readToken(one, sources)));
  },
});

async function readToken(written: string, sources: ParamSources): Promise<DashboardToken> {
  const { name, role, token } = WRITTEN.exec(written)?.groups ?? {};
  if (name === undefined || token === undefined)
    throw new CliError("usage", "must be NAME=TOKEN, NAME:view=TOKEN or NAME=@FILE, separated by commas.");
  const text = (await readSource(token, "--token", sources)).trim();
  rememberSecrets(text, "token");
  return { name, token: text, ...(role === undefined ? {} : { role: role as "view" | "act" }) };
}
