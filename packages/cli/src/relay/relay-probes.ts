import { describeThrown, repeat, silentLogger, systemClock } from "@jobs/core/runtime";
import type { Relay, RelayEvent, RelayState, RelayStats } from "@jobs/outbox";
import { prometheusLabels } from "../output/prometheus-labels.ts";
import { Counter } from "../worker/probes/counters.ts";
import type { Metric } from "../worker/probes/metric-catalog.ts";
import { family, type MetricFamily, metricsText } from "../worker/probes/metric-family.ts";
import type { ProbeSource } from "../worker/probes/open-probes.ts";
import type { Page, Pages } from "../worker/probes/serve-pages.ts";

/** How often a relay counts its store, in ms. */
const COUNT_MS = 5_000;

const STATES: readonly RelayState[] = ["starting", "active", "standby", "waiting", "stopped"];

/** A relay of an outbox. */
export const RELAY_METRICS = {
  waiting: {
    name: "jobs_relay_waiting_jobs",
    type: "gauge",
    help: "Jobs in the store that their broker does not have yet.",
    labels: ["store", "queue"],
    together: "most",
  },
  oldest: {
    name: "jobs_relay_oldest_seconds",
    type: "gauge",
    help: "How long the oldest of these jobs has been waiting.",
    labels: ["store", "queue"],
    together: "most",
  },
  dead: {
    name: "jobs_relay_dead_jobs",
    type: "gauge",
    help: "Dead letters of the store: jobs that their broker has refused.",
    labels: ["store", "queue"],
    together: "most",
  },
  sent: {
    name: "jobs_relay_sent_total",
    type: "counter",
    help: "Jobs that this relay has given to their broker.",
    labels: ["store", "queue"],
  },
  refused: {
    name: "jobs_relay_refused_total",
    type: "counter",
    help: "Jobs of this relay that their broker will never take.",
    labels: ["store", "queue"],
  },
  pauses: {
    name: "jobs_relay_pauses_total",
    type: "counter",
    help: "Pauses of this relay because the store or the broker could not be reached.",
    labels: ["store", "queue", "cause"],
  },
  state: {
    name: "jobs_relay_state",
    type: "gauge",
    help: "1 for the state that this relay is in: starting, active, standby, waiting or stopped.",
    labels: ["store", "queue", "state"],
  },
} as const satisfies Readonly<Record<string, Metric>>;

/** Health and metrics pages of a relay. */
export interface RelayProbes extends ProbeSource {
  observe(event: RelayEvent): void;
  close(): void;
}

/** The names of a relay's labels and pages. */
interface Names {
  /** Kind of the store. */
  readonly store: string;
  readonly queue: string;
}

/** Creates the pages, and counts the store while they are open. `note` says where they are. */
export function relayProbes(relay: Relay, names: Names, note: (text: string) => void): RelayProbes {
  const metrics = createRelayMetrics(relay, names);
  let stop = () => {};
  return {
    logger: {
      ...silentLogger,
      info: ({ url, paths }) => note(`${[paths].flat().join(" and ")} at ${url}`),
      warn: ({ err, path }, message) => note(`${message}: ${path}: ${describeThrown(err)}`),
    },
    observe: metrics.observe,
    health: async () => relayHealthPages(relay, names),
    async metrics() {
      await metrics.count();
      stop = repeat(systemClock, COUNT_MS, () => void metrics.count());
      return (format) => metricsText(metrics.families(), format);
    },
    close: () => stop(),
  };
}

/**
 * `/live` fails once the relay has stopped. `/ready` fails while it starts, and while the store or the broker cannot be
 * reached. One that stands by is ready, since it can take over.
 */
export function relayHealthPages(relay: Pick<Relay, "state">, names: Names): Pages {
  const answer = (isYes: boolean): Page => ({
    status: isYes ? 200 : 503,
    type: "application/json",
    body: `${JSON.stringify({ ...names, state: relay.state, isReady: isReady(relay.state) })}\n`,
  });
  return {
    "/live": () => answer(relay.state !== "stopped"),
    "/ready": () => answer(isReady(relay.state)),
  };
}

function isReady(state: RelayState): boolean {
  return state === "active" || state === "standby";
}

/** Counts what a relay does. A count of the store that fails leaves no numbers: old ones would look like a standstill. */
function createRelayMetrics(relay: Pick<Relay, "state" | "stats">, { store, queue }: Names) {
  const labels = [store, queue] as const;
  const sent = new Counter(RELAY_METRICS.sent);
  const refused = new Counter(RELAY_METRICS.refused);
  const pauses = new Counter(RELAY_METRICS.pauses);
  sent.add(labels, 0);
  refused.add(labels, 0);
  let stats: RelayStats | undefined;
  const gauge = (
    metric: (typeof RELAY_METRICS)["waiting" | "oldest" | "dead"],
    n: number | null | undefined,
  ) => family(metric, typeof n === "number" ? [[prometheusLabels({ store, queue }), n]] : []);

  return {
    async count(): Promise<void> {
      stats = await relay.stats().catch(() => undefined);
    },
    observe(event: RelayEvent): void {
      if (event.type === "waits") pauses.add([...labels, event.for]);
      if (event.type !== "moved") return;
      sent.add(labels, event.sent);
      refused.add(labels, event.refused);
    },
    families: (): readonly MetricFamily[] => [
      gauge(RELAY_METRICS.waiting, stats?.waiting),
      gauge(RELAY_METRICS.oldest, stats && (stats.oldestMs ?? 0) / 1_000),
      gauge(RELAY_METRICS.dead, stats?.dead),
      ...[sent, refused, pauses].map((counter) => counter.family()),
      family(
        RELAY_METRICS.state,
        STATES.map((state) => [prometheusLabels({ store, queue, state }), state === relay.state ? 1 : 0]),
      ),
    ],
  };
}
