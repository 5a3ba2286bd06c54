import { assertStats, runPause, runPurge, runRedrive, runRemove } from "./admin-step.ts";
import type { ModelRun } from "./model-run.ts";
import type { ModelStep } from "./model-step.ts";
import { runReceive } from "./receive-step.ts";
import { runSend } from "./send-step.ts";
import { runExtend, runSettle } from "./settle-step.ts";

/** Does one step and compares the broker with the model. @throws AssertionError where they differ. */
export async function runStep(run: ModelRun, step: ModelStep): Promise<void> {
  await perform(run, step);
  await assertStats(run);
}

async function perform(run: ModelRun, step: ModelStep): Promise<unknown> {
  switch (step.do) {
    case "send":
    case "sendKeyed":
      return runSend(run, step);
    case "receive":
      return runReceive({ model: run.model, process: run.process(step.process) }, step.max);
    case "settle":
      return runSettle(run, step.choices);
    case "extend":
      return runExtend(run, step.pick, step.ticks);
    case "redrive":
      return runRedrive(run, step.limit);
    case "remove":
      return runRemove(run, step.pick);
    case "purge":
      return runPurge(run);
    case "pause":
      return runPause(run, true);
    case "resume":
      return runPause(run, false);
    case "tick":
      return run.harness.time.pass(run.model.ms(step.ticks));
    case "crashWorker":
      return run.restart(step.process);
  }
}
