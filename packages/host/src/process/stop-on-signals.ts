import type { Host } from "../host.ts";

/** npm and process groups deliver one Ctrl-C twice; a second signal this soon is the same one, in ms. */
const SAME_SIGNAL_MS = 1_000;

/** Stops a host on the first SIGTERM or SIGINT and forces it on a later one, until the result is called. */
export function stopOnSignals(host: Host): () => void {
  let firstAt: number | undefined;
  const listen = (signal: "SIGTERM" | "SIGINT") => {
    const onSignal = () => {
      if (firstAt === undefined) {
        firstAt = performance.now();
        void host.stop(signal);
      } else if (performance.now() - firstAt >= SAME_SIGNAL_MS) void host.force();
    };
    process.on(signal, onSignal);
    return () => void process.off(signal, onSignal);
  };
  const stops = [listen("SIGTERM"), listen("SIGINT")];
  return () => {
    for (const stop of stops) stop();
  };
}
