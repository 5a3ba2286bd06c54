import { basename } from "node:path";
import { GLOBAL_FLAGS } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { Args } from "../base/oclif.ts";
import { FISH } from "../shell/fish.ts";
import { BASH, POSIX, SH, ZSH } from "../shell/posix-shells.ts";

/** The text for each shell that can be named. */
const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH, sh: SH } as const;

export default class Shell extends JobsCommand {
  static override args = {
    shell: Args.string({
      description: "bash, zsh, fish or sh. Default: fish if $SHELL says so, else a text for all others.",
      options: Object.keys(SCRIPTS),
      ignoreStdin: true,
    }),
  };
  static override flags = { ...GLOBAL_FLAGS };
  static override examples = ['eval "$(npx jobs-cli shell)"', "npx jobs-cli shell fish | source"];

  async run(): Promise<void> {
    const { args } = await this.parse(Shell);
    const script = scriptFor(args.shell);
    if (this.output.isJson) this.output.json({ schema: "jobs.shell/1", script });
    else this.output.raw(script);
  }
}

/** `$SHELL` is the shell of the login, not the one that reads this. Only fish cannot read the text for all others. */
function scriptFor(named: string | undefined): string {
  const name = named ?? basename(process.env.SHELL ?? "");
  if (named === undefined && name !== "fish") return POSIX;
  return SCRIPTS[name as keyof typeof SCRIPTS];
}
