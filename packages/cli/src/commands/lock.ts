import { join } from "node:path";
import { GLOBAL_FLAGS, PROJECT_FLAGS } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { asCalled } from "../base/program.ts";
import { toggle } from "../base/toggle.ts";
import { compareLocks } from "../lock/compare-locks.ts";
import type { LockChange } from "../lock/lock-change.ts";
import { LOCK_FILE, readLock, writeLock } from "../lock/lock-file.ts";
import { lockTasks } from "../lock/task-lock.ts";
import { EXIT, type ExitCode } from "../output/exit-codes.ts";
import { printable } from "../output/printable.ts";
import { openApp } from "../project/open-app.ts";

export default class Lock extends JobsCommand {
  static override flags = {
    check: toggle({ description: "Write nothing; exit 1 when the tasks differ from the file." }),
    ...PROJECT_FLAGS,
    ...GLOBAL_FLAGS,
  };
  static override examples = ["jobs lock", "jobs lock --check"];

  async run(): Promise<ExitCode> {
    const { flags } = await this.parse(Lock);
    await using opened = await openApp({ flags, hasBroker: false });
    const path = join(opened.project.folder, LOCK_FILE);
    const now = lockTasks(opened.app);
    const locked = readLock(path);
    const changes = compareLocks(locked ?? {}, now);
    const isCurrent = locked !== undefined && changes.length === 0;
    if (!flags.check) writeLock(path, now);
    if (this.output.isJson) this.output.json({ schema: "jobs.lock-changes/1", isCurrent, changes });
    else
      for (const line of linesOf(changes, { isCheck: flags.check, isNew: locked === undefined }))
        this.output.line(asCalled(line));
    return flags.check && !isCurrent ? EXIT.no : EXIT.ok;
  }
}

function linesOf(
  changes: readonly LockChange[],
  { isCheck, isNew }: { readonly isCheck: boolean; readonly isNew: boolean },
): readonly string[] {
  if (isNew) return [isCheck ? `there is no ${LOCK_FILE}; jobs lock writes it.` : `wrote ${LOCK_FILE}`];
  if (changes.length === 0) return [`${LOCK_FILE} is current.`];
  const lines = changes.flatMap(({ task, param, class: kind, change, order }) => [
    `${kind.padEnd("parallel".length)}  ${printable([task, ...(param === undefined ? [] : [param])].join("."))}: ${printable(change)}`,
    `          Order: ${order}.`,
  ]);
  const end = isCheck ? `${LOCK_FILE} is not current; jobs lock writes it again.` : `wrote ${LOCK_FILE}`;
  return [...lines, end];
}
