import type { Broker, ResultStore } from "@jobs/core/broker";
import type { ContenderKind } from "./contender.ts";

/** What an app of ours is opened with. */
interface Stores {
  readonly broker: Broker;
  readonly results?: ResultStore;
}

/**
 * Ours through the app and its worker, with all defaults: envelope, signature check, renewed leases, retries, lifecycle.
 * `packages`: the driver of its adapter. `open` imports the adapter, so that a process which
 * measures a peer loads nothing of ours.
 */
export function jobsContender(
  name: string,
  packages: readonly string[],
  open: (target: string) => Promise<Stores>,
): ContenderKind {
  return {
    name,
    isBatched: true,
    packages,
    async open(target, onRun) {
      const [{ createNoopApp, fill, letter, noop }, { broker, results }] = await Promise.all([
        import("../load/noop-app.ts"),
        open(target),
      ]);
      const app = createNoopApp(broker, onRun, results);
      await app.ready();
      return {
        enqueue: () => app.enqueue(noop, { n: 1 }),
        enqueueText: (text) => app.enqueue(letter, { text }),
        fill: (jobs, text) => fill(app, jobs, text),
        consume: (jobs, concurrency) =>
          app.worker({ concurrency, until: { type: "settled", jobs }, ownsProcess: false }).run(),
        async serve(concurrency) {
          void app.worker({ concurrency, ownsProcess: false }).run();
        },
        close: () => app.close(),
      };
    },
  };
}
