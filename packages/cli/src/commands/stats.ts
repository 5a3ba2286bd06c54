import { formatDuration } from "@jobs/core/config";
import { durationFlag, GLOBAL_FLAGS, PROJECT_FLAGS, TIMEOUT_FLAG, timeFlag } from "../base/global-flags.ts";
import { JobsCommand } from "../base/jobs-command.ts";
import { listenFlag } from "../base/listen-flag.ts";
import { QUEUES_FLAG } from "../base/name-flags.ts";
import { Flags } from "../base/oclif.ts";
import { SAMPLE_FLAG } from "../base/sample-flag.ts";
import { toggle } from "../base/toggle.ts";
import { type Bounds, within } from "../base/with-app.ts";
import { CliError } from "../output/cli-error.ts";
import { createLiveView, type LiveView } from "../output/live-view.ts";
import { warn } from "../output/warn.ts";
import { openApp } from "../project/open-app.ts";
import { withKeptTotals } from "../stats/kept-totals.ts";
import { limitFlag, passedLimits, type StatsLimit, webhookFlag } from "../stats/limits.ts";
import { repeatReports, type Sample, type StatsReport, takeSample } from "../stats/stats-report.ts";

export default class Stats extends JobsCommand {
  static override optionalValues = { watch: "2s" };
  static override flags = {
    ...QUEUES_FLAG,
    watch: timeFlag({
      description: "Count repeatedly, at this interval. Without one: 2s.",
      helpValue: "[DURATION]",
    }),
    rates: durationFlag({
      exclusive: ["watch"],
      description:
        "Count twice, so far apart, to tell rates; 0s tells none. Default: rates since an earlier call.",
    }),
    "fail-over": limitFlag({ description: "Exit 1 when a number of some queue is over its limit." }),
    webhook: webhookFlag({
      dependsOn: ["fail-over"],
      description: "Also post what is over its limit there, as JSON; @FILE reads the URL from a file.",
    }),
    signatures: toggle({
      exclusive: ["watch", "rates", "fail-over", "metrics-port", "format"],
      description: "Count waiting and dead jobs by task and signature instead.",
    }),
    ...SAMPLE_FLAG,
    "metrics-port": listenFlag({
      exclusive: ["watch", "rates", "fail-over", "format"],
      description:
        "Answer /metrics there until stopped, with a count at each request; on 127.0.0.1 unless a host is given.",
    }),
    format: Flags.option({
      options: ["table", "json", "prom"] as const,
      description: "prom is Prometheus text. Default table.",
    })(),
    ...PROJECT_FLAGS,
    ...TIMEOUT_FLAG,
    ...GLOBAL_FLAGS,
  };
  static override examples = [
    "jobs stats",
    "jobs stats --rates 10s",
    "jobs stats --fail-over oldest=60s,dead=0",
    "jobs stats --fail-over oldest=60s --webhook @/etc/jobs/webhook-url",
    "jobs stats --metrics-port 0.0.0.0:9090",
    "jobs stats --watch",
    "jobs stats --watch 5s --json",
    "jobs stats --signatures --queues mail",
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(Stats);
    if (flags.sample !== undefined && !flags.signatures) {
      throw new CliError("usage", "--sample is for --signatures.", { hint: "Add --signatures." });
    }
    const format = this.output.isJson ? "json" : (flags.format ?? "table");
    await using opened = await openApp({ flags, isAppOptional: true, use: "look" });
    const { app } = opened;
    const limits = flags["fail-over"] ?? [];
    const bounds = { app, timeout: flags.timeout, isReading: true };
    if (flags.signatures) return await this.#printSignatures(bounds, flags);
    const look = () => within(bounds, takeSample(app, flags.queues));
    if (flags["metrics-port"] !== undefined) {
      const { serveStats } = await import("../stats/serve-stats.ts");
      // The app is closed when this method returns.
      return await serveStats(flags["metrics-port"], async () => (await look()).report);
    }
    const first = (sample: Sample) =>
      flags.rates === undefined ? withKeptTotals(app, sample) : sample.report;
    const rhythm = { everyMs: flags.watch, ratesMs: flags.rates ?? 0 };
    using view = flags.watch === undefined ? undefined : createLiveView(this.output);
    for await (const report of repeatReports(look, rhythm, first)) {
      await this.#print(report, format, view);
      await failOver(report, limits, flags.webhook);
    }
  }

  async #printSignatures(
    bounds: Bounds,
    { queues, sample }: { readonly queues?: string[] | undefined; readonly sample?: number | undefined },
  ): Promise<void> {
    const { collectSignatures, signaturesLines } = await import("../stats/signatures-report.ts");
    const report = await within(bounds, collectSignatures(bounds.app, { queues, sample }));
    if (this.output.isJson) return this.output.json(report);
    for (const line of signaturesLines(report)) this.output.line(line);
  }

  async #print(
    report: StatsReport,
    format: "table" | "json" | "prom",
    view: LiveView | undefined,
  ): Promise<void> {
    if (format === "json") return this.output.json(report);
    if (format === "prom") {
      const { queueFamilies } = await import("../worker/probes/queue-metrics.ts");
      const { metricsText } = await import("../worker/probes/metric-family.ts");
      return this.output.raw(metricsText(queueFamilies(report)));
    }
    const { statsLines } = await import("../stats/stats-table.ts");
    if (view !== undefined) return view.show(statsLines(report));
    for (const line of statsLines(report)) this.output.line(line);
  }
}

async function failOver(
  report: StatsReport,
  limits: readonly StatsLimit[],
  webhook: URL | undefined,
): Promise<void> {
  const passed = passedLimits(report, limits);
  if (passed.length === 0) return;
  const texts = passed.map(({ queue, what, found, max }) => {
    const shown = (value: number) => (what === "oldest" ? formatDuration(value) : String(value));
    return `${what} of ${queue} is ${shown(found)}, over ${shown(max)}`;
  });
  const text = `${texts.join("; ")}.`;
  if (webhook !== undefined) {
    const { limitAlert, postAlert } = await import("../stats/webhook.ts");
    const delivered = await postAlert(webhook, limitAlert(report.broker, text, passed));
    if (delivered.status === "failed") warn(`the webhook did not get this alert: ${delivered.reason}.`);
  }
  throw new CliError("threshold", text, { details: { passed } });
}
