import { TASK_SETTINGS } from "@jobs/core/config";
import { isObject } from "@jobs/core/runtime";

/** Settings that have another name in older configurations. */
const OLDER_NAMES: Readonly<Record<string, string>> = { pollingInterval: TASK_SETTINGS.pollIntervalMs.key };

type Section = Readonly<Record<string, unknown>>;

/** An INI file in the shape of the other formats. */
export interface NormalizedIni {
  readonly values: Section;
  /** The path of a setting in the text: `tasks.mail.pollInterval` → `mail.polling_interval`. */
  writtenPath(path: string): string;
}

/**
 * INI has no nested sections. People write one section for each task: `[DEFAULT]` and `[send_email]`, with keys in
 * snake case. This moves such sections below `tasks`, and `[schedules.nightly]` below `schedules`. It joins names that
 * the parser has split at dots, and converts keys to the form of the other formats. So the `worker.ini` of a Conductor
 * worker can be read as it is (requirements C12, C13).
 */
export function normalizeIni(parsed: Section): NormalizedIni {
  const writtenPaths = new Map<string, string>();
  const spelled = (section: string, written: string, content: Section): Section => {
    const entries = Object.entries(content).map(([key, value]) => [ourKey(key), value, key] as const);
    for (const [key, , asWritten] of entries)
      writtenPaths.set(`${section}.${key}`, `${written}.${asWritten}`);
    return Object.fromEntries(entries);
  };
  const values: Record<string, unknown> = {};
  const tasks: Record<string, Section> = {};
  for (const [name, content] of Object.entries(parsed)) {
    if (!isObject(content)) values[ourKey(name)] = content;
    else if (name === "worker") values.worker = spelled("worker", "worker", content);
    else if (name === "brokers" || name === "adapters") values[name] = content;
    else if (name === "schedules") values.schedules = arrangeSchedules(content, spelled);
    else {
      for (const { section, settings } of sections(name, content)) {
        const task = section.replace(/^tasks\./, "");
        tasks[task] = spelled(`tasks.${task}`, section, settings);
      }
    }
  }
  if (Object.keys(tasks).length > 0) values.tasks = tasks;
  return { values, writtenPath: (path) => writtenPaths.get(path) ?? path };
}

/** `[schedules.nightly]`, with its parameters in `[schedules.nightly.params]`. */
function arrangeSchedules(
  content: Section,
  spelled: (section: string, written: string, content: Section) => Section,
): Section {
  const schedules: Record<string, Section> = {};
  for (const [name, written] of Object.entries(content)) {
    if (!isObject(written)) continue;
    for (const { section, settings } of sections(name, written)) {
      const schedule = section.replace(/\.params$/, "");
      const before = schedules[schedule] ?? {};
      schedules[schedule] =
        schedule === section
          ? { ...before, ...spelled(`schedules.${section}`, `schedules.${section}`, settings) }
          : { ...before, params: settings };
    }
  }
  return schedules;
}

/** `[export.shp]` arrives as `export: { shp: { … } }`; a section's own settings are never sections. */
function sections(name: string, content: Section): readonly { section: string; settings: Section }[] {
  const entries = Object.entries(content);
  const settings = entries.filter(([, value]) => !isObject(value));
  const below = entries.flatMap(([key, value]) => (isObject(value) ? sections(`${name}.${key}`, value) : []));
  if (settings.length === 0 && below.length > 0) return below;
  return [{ section: name, settings: Object.fromEntries(settings) }, ...below];
}

/** `polling_interval` → `pollInterval`. */
function ourKey(written: string): string {
  const key = written.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return OLDER_NAMES[key] ?? key;
}
