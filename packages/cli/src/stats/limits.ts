import { didYouMean } from "@jobs/core/runtime";
import { Flags } from "../base/oclif.ts";
import { readDuration, unitHint } from "../base/read-duration.ts";
import { CliError } from "../output/cli-error.ts";
import { rememberSecrets } from "../output/mask-secrets.ts";
import { processSources, readSource } from "../params/read-source.ts";
import type { QueueReport, StatsReport } from "./stats-report.ts";

/** A number that must not be exceeded in any queue. */
export interface StatsLimit {
  readonly what: "ready" | "active" | "delayed" | "dead" | "oldest";
  /** Jobs, or ms for `oldest`. */
  readonly max: number;
}

/** A limit that a queue exceeds. */
export interface PassedLimit extends StatsLimit {
  readonly queue: string;
  readonly found: number;
}

const COUNTS = ["ready", "active", "delayed", "dead"] as const;

/** `oldest=60s,dead=0` */
export const limitFlag = Flags.custom<readonly StatsLimit[]>({
  helpValue: "oldest=60s,dead=0",
  parse: async (written) => written.split(",").map(parseLimit),
});

/** An address of a webhook, or `@FILE` for one that other users of the machine must not see in the process list. */
export const webhookFlag = Flags.custom<URL>({
  helpValue: "URL|@FILE",
  async parse(written) {
    const text = (await readSource(written, "--webhook", processSources())).trim();
    rememberSecrets(text, "webhook_token");
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol === "https:" || url?.protocol === "http:") return url;
    throw new CliError(
      "usage",
      "must be a URL that starts with https:// or http://, or @ and a file with one.",
    );
  },
});

function parseLimit(written: string): StatsLimit {
  const [name = "", value = ""] = written.trim().split("=");
  const what = name === "leased" ? "active" : name;
  if (what === "oldest") {
    const max = readDuration(value);
    if (max !== undefined) return { what, max };
  }
  const count = COUNTS.find((known) => known === what);
  if (count !== undefined && /^\d+$/.test(value)) return { what: count, max: Number(value) };
  const close = what === "oldest" ? undefined : didYouMean(name, ["oldest", ...COUNTS]);
  const meant = close === undefined || close === what ? undefined : `Did you mean ${close}?`;
  throw new CliError("usage", "must be limits such as oldest=60s,dead=0,ready=1000,delayed=50,active=20.", {
    hint: what === "oldest" ? unitHint(value) : meant,
  });
}

/** All limits that a queue exceeds. A number that the broker does not know exceeds none. */
export function passedLimits(report: StatsReport, limits: readonly StatsLimit[]): readonly PassedLimit[] {
  return report.queues.flatMap((queue) =>
    limits
      .map((limit) => ({ ...limit, queue: queue.name, found: numberOf(queue, limit.what) }))
      .filter((limit) => limit.found > limit.max),
  );
}

function numberOf(queue: QueueReport, what: StatsLimit["what"]): number {
  if (what === "oldest") return queue.oldestReadyMs ?? 0;
  return queue[what === "active" ? "leased" : what].n ?? 0;
}
