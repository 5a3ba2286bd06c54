import { resolve } from "node:path";
import { ConfigError } from "@jobs/core";
import type { MonitorSink } from "@jobs/core/broker";
import { rememberSecrets } from "../output/mask-secrets.ts";
import type { Output } from "../output/output.ts";
import { loadAdapter, loadPackage } from "../project/adapters.ts";
import { fileOfUrl } from "../project/broker-address.ts";
import { outputSink } from "./output-sink.ts";

const HINT = "Use sqlite:FILE, postgres://user:password@host/database, or ndjson for stdout.";

/** Opens what `--to` names. @throws ConfigError that quotes no URL, since URLs hold passwords. */
export async function openSink(to: string, output: Output, folder: string): Promise<MonitorSink> {
  rememberSecrets(to);
  if (to === "ndjson" || to === "-") return outputSink(output, true);
  const { scheme, rest = "" } = /^(?<scheme>[a-z]+):(?<rest>.+)$/.exec(to)?.groups ?? {};
  if (scheme === "sqlite") {
    const { sqliteMonitor } = await loadAdapter("sqlite", folder);
    return factoryOf(sqliteMonitor)({ file: resolve(fileOfUrl(rest)) });
  }
  if (scheme === "postgres" || scheme === "postgresql") {
    const { postgresMonitor } = await loadPackage("@jobs/results-postgres", folder);
    return factoryOf(postgresMonitor)({ url: to });
  }
  throw new ConfigError("--to names no sink that is known.", { hint: HINT });
}

type SinkFactory = (options: Readonly<Record<string, unknown>>) => MonitorSink;

function factoryOf(exported: unknown): SinkFactory {
  if (typeof exported === "function") return exported as SinkFactory;
  throw new ConfigError("the installed package has no monitor.", {
    hint: "Update it to the version of jobs.",
  });
}
