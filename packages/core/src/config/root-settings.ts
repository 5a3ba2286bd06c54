import type { RootSettings } from "./app-config.ts";
import type { SettingsOf } from "./settings.ts";
import { booleanReader, nameReader, prefixReader, textReader, type ValueReader } from "./value-reader.ts";

/** Settings outside of any section. */
export const ROOT_SETTINGS: SettingsOf<RootSettings> = {
  queuePrefix: {
    key: "queuePrefix",
    description: "Prefix of every queue name on the broker.",
    reader: prefixReader,
    default: "",
  },
  broker: {
    key: "broker",
    description: "Which broker to use: a kind, a key of the file's `brokers`, or a URL.",
    reader: textReader as ValueReader<string | undefined>,
    default: undefined,
    isSecret: true,
  },
  results: {
    key: "results",
    description:
      "Where results are kept: a kind (memory, sqlite, redis, postgres) or a URL; unset: as the app says.",
    reader: textReader as ValueReader<string | undefined>,
    default: undefined,
    isSecret: true,
  },
  history: {
    key: "history",
    description:
      "Where the history of jobs is kept: a kind (memory, sqlite, redis, postgres), a URL or off; unset: as the app says.",
    reader: textReader as ValueReader<string | undefined>,
    default: undefined,
    isSecret: true,
  },
  release: {
    key: "release",
    description: "Version of the application, shown by `jobs workers`.",
    reader: textReader as ValueReader<string | undefined>,
    default: undefined,
  },
  monitor: {
    key: "monitor",
    description:
      "Queue to which producers and workers report what happens, see `jobs monitor`; unset: they do not.",
    reader: nameReader as ValueReader<string | undefined>,
    default: undefined,
  },
  isMonitorStrict: {
    key: "monitorStrict",
    description: "Whether an enqueue resolves only when its event is in the monitor's queue.",
    reader: booleanReader,
    default: false,
  },
  isLocalResultsAllowed: {
    key: "allowLocalResults",
    description:
      "Whether results may lie on this machine alone although the broker is shared: all producers and workers run here.",
    reader: booleanReader,
    default: false,
  },
};
