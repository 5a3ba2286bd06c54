import { countOf } from "@jobs/core/config";
import { keepAliveClock, listenToStopSignals } from "@jobs/core/runtime";
import type { RelayEvent, RelayReport } from "@jobs/outbox";
import { EXIT } from "../output/exit-codes.ts";
import { endProcess } from "../output/exit-process.ts";
import { rememberSecrets } from "../output/mask-secrets.ts";
import type { Output } from "../output/output.ts";
import { openOneOfTwo } from "../project/choose-broker.ts";
import { loadPackage } from "../project/find-adapter.ts";
import { brokerOf, openApp } from "../project/open-app.ts";
import type { FlagSettings } from "../project/open-project.ts";

/** What the flags of `jobs relay` say. */
export interface RelayFlags extends FlagSettings {
  readonly from: string;
  readonly queue?: string | undefined;
  readonly "until-empty": boolean;
}

/**
 * Sends the jobs that wait in a store to the broker of the project, until the process is asked to end or nothing waits
 * any more.
 * @throws ConfigError when `@jobs/outbox` is not installed, or `from` is no broker
 */
export async function runRelay(flags: RelayFlags, output: Output): Promise<RelayReport> {
  rememberSecrets(flags.from);
  await using opened = await openApp({ flags, isAppOptional: true, use: "change" });
  const { app, project } = opened;
  const loaded = await loadPackage("@jobs/outbox", project.folder);
  const { createRelay } = loaded as unknown as typeof import("@jobs/outbox");
  const from = await openOneOfTwo(flags.from, project);
  const relay = createRelay({
    from,
    to: brokerOf(app),
    untilEmpty: flags["until-empty"],
    ...(flags.queue === undefined ? {} : { queue: flags.queue }),
    onEvent: createReporter(output),
  });
  const unlisten = listenToStopSignals({
    onStop: () => relay.stop(),
    onForce: () => endProcess(EXIT.forced),
    clock: keepAliveClock,
  });
  try {
    return await relay.run();
  } finally {
    unlisten();
    await from.close();
  }
}

/** Says what changes: the first pause of an outage and its end, refused jobs, another relay at work. */
function createReporter(output: Output): (event: RelayEvent) => void {
  let isWaiting = false;
  return (event) => {
    if (event.type === "stands_by") output.note("another relay is at work; this one takes over when it ends");
    if (event.type === "waits") {
      if (!isWaiting) output.note(`the broker takes no jobs, they wait: ${event.error.message}`);
      isWaiting = true;
    }
    if (event.type === "moved") {
      if (isWaiting) output.note("the broker takes jobs again");
      isWaiting = false;
      if (event.refused > 0) output.note(`${countOf(event.refused, "job")} refused: see jobs dlq list`);
    }
  };
}
