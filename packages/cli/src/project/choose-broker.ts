import { ConfigError } from "@jobs/core";
import type { Broker } from "@jobs/core/broker";
import type { AppConfig } from "@jobs/core/config";
import { openBroker } from "./adapters.ts";
import { brokerAddress } from "./broker-address.ts";
import type { Project } from "./open-project.ts";
import { refuseSqsTarget, withSqsTarget } from "./sqs-target.ts";

/**
 * The broker of an app: the one asked for by flag, variable or file, else the app's `own`, else SQLite beside the
 * configuration file. The adapter is loaded only when the app brings none itself.
 */
export async function chooseBroker(
  config: AppConfig,
  own: Broker | undefined,
  project: Project,
): Promise<Broker> {
  const { value, layer } = config.explain("broker");
  const written = layer === "file" ? project.file?.values.broker : value;
  if (written !== undefined || own === undefined)
    return createBroker(written ?? "sqlite", project, layer === "file");
  refuseSqsTarget(project.place);
  return own;
}

async function createBroker(written: unknown, project: Project, isFromFile: boolean): Promise<Broker> {
  if (isBroker(written)) {
    refuseSqsTarget(project.place);
    return written;
  }
  // Paths in the file start beside it; paths typed by hand, where they were typed.
  const folder = isFromFile || written === "sqlite" ? project.folder : project.cwd;
  if (typeof written === "string") {
    const brokers = namedBrokers(project);
    const named = Object.hasOwn(brokers, written) ? brokers[written] : undefined;
    if (named !== undefined)
      return createBroker(withoutName(named, written), { ...project, cwd: project.folder }, true);
    return openBroker(withSqsTarget(brokerAddress(written, Object.keys(brokers)), project.place), { folder });
  }
  if (
    typeof written === "object" &&
    written !== null &&
    "kind" in written &&
    typeof written.kind === "string"
  ) {
    const { kind, ...options } = written;
    return openBroker(withSqsTarget({ kind, options }, project.place), { folder });
  }
  throw new ConfigError(
    `${placeOfBroker(project)}broker must be a kind, a key of brokers, a URL or { kind, … }.`,
  );
}

function namedBrokers(project: Project): Readonly<Record<string, unknown>> {
  const { brokers = {} } = project.file?.values ?? {};
  if (typeof brokers === "object" && brokers !== null) return brokers as Readonly<Record<string, unknown>>;
  throw new ConfigError(`${project.file?.where("brokers")}: brokers must be a section of brokers by name.`);
}

/** A name that stands for itself would never end: `brokers: { sqlite: "sqlite" }` means the kind. */
function withoutName(named: unknown, name: string): unknown {
  return named === name ? { kind: name } : named;
}

function placeOfBroker(project: Project): string {
  return project.file === undefined ? "" : `${project.file.where("broker")}: `;
}

function isBroker(value: unknown): value is Broker {
  return typeof value === "object" && value !== null && "openQueue" in value && "openConsumer" in value;
}
