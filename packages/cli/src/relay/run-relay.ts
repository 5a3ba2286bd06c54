import { OUTBOX_QUEUE } from "@jobs/core/broker";
import { countOf } from "@jobs/core/config";
import { keepAliveClock, listenToStopSignals } from "@jobs/core/runtime";
import type { Relay, RelayEvent, RelayReport } from "@jobs/outbox";
import { EXIT } from "../output/exit-codes.ts";
import { endProcess } from "../output/exit-process.ts";
import { rememberSecrets } from "../output/mask-secrets.ts";
import type { Output } from "../output/output.ts";
import { openOneOfTwo } from "../project/choose-broker.ts";
import { loadPackage } from "../project/find-adapter.ts";
import { brokerOf, openApp } from "../project/open-app.ts";
import type { FlagSettings } from "../project/open-project.ts";
import { openProbes, type ProbeFlags } from "../worker/probes/open-probes.ts";
import type { RelayProbes } from "./relay-probes.ts";

/** What the flags of `jobs relay` say. */
export interface RelayFlags extends FlagSettings, ProbeFlags {
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
  const { queue = OUTBOX_QUEUE } = flags;
  const report = createReporter(output, queue);
  let probes: RelayProbes | undefined;
  const relay = createRelay({
    from,
    to: brokerOf(app),
    queue,
    untilEmpty: flags["until-empty"],
    onEvent(event) {
      report(event);
      probes?.observe(event);
    },
  });
  const unlisten = listenToStopSignals({
    onStop: () => relay.stop(),
    onForce: () => endProcess(EXIT.forced),
    clock: keepAliveClock,
  });
  try {
    if (hasProbes(flags)) {
      const { relayProbes } = await import("./relay-probes.ts");
      probes = relayProbes(relay, { store: from.kind, queue }, (text) => output.note(text));
    }
    return await runWithProbes(relay, probes, flags);
  } finally {
    unlisten();
    await from.close();
  }
}

function hasProbes(flags: ProbeFlags): boolean {
  return [flags["health-port"], flags["metrics-port"], flags["metrics-file"]].some(
    (flag) => flag !== undefined,
  );
}

async function runWithProbes(
  relay: Relay,
  probes: RelayProbes | undefined,
  flags: ProbeFlags,
): Promise<RelayReport> {
  const close = probes === undefined ? () => {} : await openProbes(flags, probes);
  try {
    return await relay.run();
  } finally {
    close();
    probes?.close();
  }
}

/** Says what changes: the first pause of an outage and its end, refused jobs, another relay at work. */
function createReporter(output: Output, queue: string): (event: RelayEvent) => void {
  let waitsFor: "store" | "broker" | undefined;
  return (event) => {
    switch (event.type) {
      case "stands_by":
        return output.note("another relay is at work; this one takes over when it ends");
      case "takes_over":
        return output.note("the other relay has ended; this one is at work now");
      case "waits":
        if (waitsFor !== event.for) output.note(waitText(event));
        waitsFor = event.for;
        return;
      case "moved":
        if (waitsFor !== undefined) output.note("jobs are sent again");
        waitsFor = undefined;
        if (event.refused > 0)
          output.note(
            `${countOf(event.refused, "job")} refused: see jobs dlq list --queues ${queue}, with the store as --broker`,
          );
    }
  };
}

function waitText({ for: of, error }: Extract<RelayEvent, { readonly type: "waits" }>): string {
  const what = of === "store" ? "the store cannot be read" : "the broker takes no jobs, they wait";
  return `${what}: ${error.message}`;
}
