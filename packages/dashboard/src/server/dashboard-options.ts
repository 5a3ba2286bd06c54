import { type App, ConfigError } from "@jobs/core";
import { optionRules, optionsCheck, required } from "@jobs/core/runtime";
import type { Role } from "../api/api-types.ts";

/** Somebody who may look at the dashboard from another machine. */
export interface DashboardToken {
  /** Name for the audit log. */
  readonly name: string;
  /** The secret, at least 16 characters. Keep it out of the code, for example in an environment variable. */
  readonly token: string;
  /** `view` looks only; `act` also changes jobs and queues. Default `act`. */
  readonly role?: Role;
}

/** The options of a dashboard. */
export interface DashboardOptions {
  /** The app whose queues are shown. The dashboard does not close it. */
  readonly app: App;
  /** `read` refuses every change, whoever asks. Default `act`. */
  readonly mode?: "act" | "read";
  /**
   * Who may look. Without tokens everybody may who reaches it by a name of this machine, so `serveDashboard` then
   * listens only there. Default none.
   */
  readonly tokens?: readonly DashboardToken[];
  /**
   * Names of this server, with the port if it is not 80 or 443, such as `jobs.example.com`. Requests for other names
   * are refused, since a name that an attacker owns may lead here. Default: `localhost`, `127.0.0.1` and `[::1]` with
   * any port; with tokens every name.
   */
  readonly hosts?: readonly string[];
  /** Path that all addresses begin with, such as `/admin/jobs`. Default: none. */
  readonly basePath?: string;
  /** Whether those with the role `act` may see parameters, without those that their task redacts. Default false. */
  readonly showParams?: boolean;
}

/** The options with defaults. */
export type DashboardSettings = Required<Omit<DashboardOptions, "hosts">> & Pick<DashboardOptions, "hosts">;

/** The shortest token, in characters: 16 random ones cannot be guessed. */
const SHORTEST_TOKEN = 16;

const { boolean, having, listOf, object, oneOf, text, textOrEmpty } = optionRules;

const checkOptions = optionsCheck<DashboardOptions>({
  app: required(having("an app made by createApp", "enqueue", "queue", "stats")),
  mode: oneOf("act", "read"),
  tokens: listOf("tokens, { name, token, role }", { ...object, expected: "an object { name, token, role }" }),
  hosts: listOf("names of hosts", text),
  basePath: textOrEmpty,
  showParams: boolean,
});

const checkToken = optionsCheck<DashboardToken>({
  name: required(text),
  token: required(text),
  role: oneOf("view", "act"),
});

/** @throws ConfigError for options that cannot be used; a token is never in its text */
export function dashboardSettings(options: DashboardOptions): DashboardSettings {
  checkOptions(options, "createDashboard");
  const { app, mode = "act", tokens = [], hosts, basePath = "", showParams = false } = options;
  checkTokens(tokens);
  if (basePath !== "" && !/^(\/[\w.~-]+)+$/.test(basePath)) {
    throw new ConfigError(`createDashboard: basePath ${JSON.stringify(basePath)} cannot be used.`, {
      hint: "Begin with a slash and end without one: /admin/jobs.",
    });
  }
  return {
    app,
    mode,
    tokens,
    basePath,
    showParams,
    ...(hosts === undefined ? {} : { hosts: hosts.map((host) => host.toLowerCase()) }),
  };
}

function checkTokens(tokens: readonly DashboardToken[]): void {
  const names = new Set<string>();
  for (const [index, one] of tokens.entries()) {
    checkToken(one, `createDashboard: tokens[${index}]`);
    const { name, token } = one;
    const who = `createDashboard: the token of ${JSON.stringify(name)}`;
    if (names.has(name)) throw new ConfigError(`${who} needs a name of its own.`);
    if (token.length < SHORTEST_TOKEN) {
      throw new ConfigError(`${who} is shorter than ${SHORTEST_TOKEN} characters.`, {
        hint: "Make one with: openssl rand -hex 24",
      });
    }
    names.add(name);
  }
}
