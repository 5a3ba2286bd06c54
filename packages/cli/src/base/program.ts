import { basename } from "node:path";

/** Name of the command in texts of the sources, such as hints and examples; see {@link asCalled}. */
export const BIN = "jobs";

/** Set by the bundler to the version of this package; `0.0.0-source` when run from sources by tests. */
declare const JOBS_VERSION: string | undefined;

/** The released version. */
export const VERSION = typeof JOBS_VERSION === "string" ? JOBS_VERSION : "0.0.0-source";

/** The function of `jobs shell` sets it to its own name: a process cannot see that a function has called it. */
export const CALLED_AS_VARIABLE = "JOBS_CALLED_AS";

/** First words of all commands. A test compares them with the table, which is not loaded for a hint. */
export const VERBS: readonly string[] = [
  ..."init worker enqueue run stats top list peek show why result schema tasks move lock".split(" "),
  ..."check types deploy-plan wait cancel schedule dlq queue doctor workers monitor events".split(" "),
  ..."dash relay repro replay infra caps config bench conformance shell version".split(" "),
];

/** Sentences also say that jobs wait. The command always has flags. */
const FOLLOWING = VERBS.map((verb) => (verb === "wait" ? "wait(?= --)" : verb));

/** A mention of the command in a text: followed by a verb, a flag or a word for any verb. */
const MENTION = new RegExp(
  `(?<![\\w@./:-])${BIN} (?=(?:${FOLLOWING.join("|")}|--help|COMMAND)(?![\\w-]))`,
  "g",
);

/** How each package manager calls a command of an installed package. Names are those of `npm_config_user_agent`. */
const RUNNERS: Readonly<Record<string, string>> = {
  npm: "npx",
  pnpm: "pnpm exec",
  yarn: "yarn",
  bun: "bunx",
};

/** What shows how a process was called. */
interface Call {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The program's path, as typed or as found by the shell. */
  readonly script: string | undefined;
}

/**
 * The words that call this command again from the same prompt, such as `jobs`, `jobs-cli` or `npx jobs-cli`. `jobs`
 * itself is a builtin of shells, so a package manager's shell never finds it by this name.
 */
export function commandName({ env, script }: Call = { env: process.env, script: process.argv[1] }): string {
  const named = env[CALLED_AS_VARIABLE] ?? "";
  if (named !== "") return named;
  const file = basename(script ?? "", ".js");
  const runner = runnerOf(env);
  // The package's own name as a command: a bin that only `npx @jobs/cli` and the like start.
  if (file === "cli") return runner === RUNNERS.pnpm ? "pnpm dlx @jobs/cli" : "npx @jobs/cli";
  if (runner !== undefined) return `${runner} jobs-cli`;
  return file === "jobs-cli" ? file : BIN;
}

/** The package manager's command that started this process, directly or by a script of package.json. */
function runnerOf(env: Call["env"]): string | undefined {
  const agent = env.npm_config_user_agent;
  if (agent === undefined) return undefined;
  return RUNNERS[agent.slice(0, agent.indexOf("/"))] ?? RUNNERS.npm;
}

/** The text with the name that calls this command instead of `jobs`, wherever it mentions a command line. */
export function asCalled(text: string): string {
  const name = commandName();
  return name === BIN ? text : text.replace(MENTION, () => `${name} `);
}
