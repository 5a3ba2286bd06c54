import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { ServerProcess } from "../server-process.ts";
import { findPrometheus } from "./find-prometheus.ts";

/** A Prometheus of one test. It ends with the test process at the latest. */
export interface PrometheusServer extends AsyncDisposable {
  readonly url: string;
}

/**
 * Starts a Prometheus with a configuration, which keeps exemplars.
 * @throws Error where `hasPrometheus` says that there is none, or for a configuration that it refuses
 */
export async function startPrometheus(config: object): Promise<PrometheusServer> {
  const programs = await findPrometheus();
  if (programs === undefined) throw new Error("there is no Prometheus for tests; ask hasPrometheus() first.");
  const server = new ServerProcess({ name: "prometheus", path: programs.prometheus });
  const port = await freePort();
  // JSON is YAML.
  writeFileSync(join(server.folder, "prometheus.yaml"), JSON.stringify(config));
  const args = [
    "--config.file=prometheus.yaml",
    "--storage.tsdb.path=data",
    `--web.listen-address=127.0.0.1:${port}`,
    "--enable-feature=exemplar-storage",
  ];
  try {
    await server.start(args, "Server is ready to receive web requests");
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
