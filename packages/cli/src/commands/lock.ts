import { join } from "node:path";
import { GLOBAL_FLAGS, PROJECT_FLAGS } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { Flags } from "../base/oclif.ts";
import { asCalled } from "../base/program.ts";
import { toggle } from "../base/toggle.ts";
import { readBase } from "../lock/base-lock.ts";
import { LOCK_FILE, readLock, writeLock } from "../lock/lock-file.ts";
import { changeLines, githubLines } from "../lock/report-changes.ts";
import { lockApp } from "../lock/task-lock.ts";
import { checkLock, updateLock } from "../lock/update-lock.ts";
import { CliError } from "../output/cli-error.ts";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import { openApp } from "../project/open-app.ts";

export default class Lock extends JobsCommand {
  static override flags = {
    check: toggle({ description: "Write nothing; exit 1 when the tasks differ from the file." }),
    base: Flags.string({
      description: "Compare with this lock instead of the file, such as git:origin/main.",
      helpValue: "git:REF|FILE",
    }),
    accept: Flags.string({
      description: "Accept the breaking changes of a task and write them; may be repeated.",
      helpValue: "TASK",
      multiple: true,
    }),
    format: Flags.option({
      description: "text, or github: annotations of a pull request.",
      options: ["text", "github"] as const,
      default: "text" as const,
    })(),
    ...PROJECT_FLAGS,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs lock",
    "jobs lock --accept send_email",
    "jobs lock --check",
    "jobs lock --check --base git:origin/main --format github",
  ];

  async run(): Promise<ExitCode> {
    const { flags } = await this.parse(Lock);
    const { check, accept = [], format } = flags;
    if (check && accept.length > 0) {
      throw new CliError("usage", "--accept writes the file, and --check does not.", {
        hint: "Leave one out.",
      });
    }
    await using opened = await openApp({ flags, hasBroker: false });
    const { folder } = opened.project;
    const path = join(folder, LOCK_FILE);
    const now = lockApp(opened.app);
    const earlier = {
      locked: readLock(path, LOCK_FILE),
      base: flags.base === undefined ? undefined : await readBase(flags.base, folder),
    };
    const report = check ? checkLock(earlier, now) : updateLock(earlier, now, accept);
    if (report.toWrite !== undefined) writeLock(path, report.toWrite);
    const { isCurrent, changes, end } = report;
    if (this.output.isJson) this.output.json({ schema: "jobs.lock-changes/2", isCurrent, changes });
    else {
      const lines = format === "github" ? githubLines(changes) : changeLines(changes);
      for (const line of [...lines, ...end.map(asCalled)]) this.output.line(line);
    }
    return report.isOk ? EXIT.ok : EXIT.no;
  }
}
