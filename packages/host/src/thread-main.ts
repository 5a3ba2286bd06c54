// The first file of a thread: it loads the handler's module once and runs one job at a time.
import type { JobLog } from "@jobs/core/runtime";
import { importModule } from "./import-module.ts";
import type {
  ThreadContext,
  ThreadHandler,
  ThreadMessage,
  ThreadOrder,
  ThreadOutcome,
} from "./thread/thread-messages.ts";
import { packError } from "./thread/thread-messages.ts";

/** Runs a job and returns how it ended. Logs and progress of the handler go through the order's port. */
export async function runJob({ module, params, job, port }: ThreadOrder): Promise<ThreadOutcome> {
  const say = (message: ThreadMessage) => {
    try {
      port.postMessage(message);
    } catch {
      // A log value that cannot be copied to another thread must not fail the job.
    }
  };
  const level =
    (name: keyof JobLog): JobLog[keyof JobLog] =>
    (message, fields) =>
      say({ type: "log", level: name, message, fields });
  const ctx: ThreadContext = {
    ...job,
    log: { debug: level("debug"), info: level("info"), warn: level("warn"), error: level("error") },
    progress: (value) => say({ type: "progress", value }),
  };
  try {
    const { handler } = (await importModule(module)) as { readonly handler?: ThreadHandler };
    if (handler === undefined) throw new Error(`${module} exports no handler.`);
    return { status: "returned", value: await handler(params as never, ctx) };
  } catch (error) {
    return { status: "threw", error: packError(error) };
  } finally {
    say({ type: "end" });
  }
}
