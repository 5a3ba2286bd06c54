import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseYAML } from "confbox/yaml";

/** The folder with the files that users load. */
export const MONITORING = fileURLToPath(new URL("../../../../examples/monitoring/", import.meta.url));

/** The text of a file there. */
function monitoringFile(name: string): string {
  return readFileSync(`${MONITORING}${name}`, "utf8");
}

/** All documents of a file of Kubernetes there. */
export function manifests(name: string): readonly Manifest[] {
  return monitoringFile(name)
    .split(/^---$/m)
    .map((text) => parseYAML(text) as Manifest);
}

/** An object of Kubernetes. */
export interface Manifest {
  readonly kind: string;
  readonly spec: { readonly triggers?: readonly Trigger[] };
}

/** A trigger of KEDA. */
export interface Trigger {
  readonly type: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The triggers of all scaled objects of a file. */
export function triggersOf(name: string): readonly Trigger[] {
  return manifests(name).flatMap(({ spec }) => spec.triggers ?? []);
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] };
}

/** The dashboard as Grafana reads it. */
export const dashboard = JSON.parse(monitoringFile("grafana-dashboard.json")) as Dashboard;

/** Values of Grafana's variables, as it puts them into queries. */
const VARIABLES: Readonly<Record<string, string>> = {
  $queue: ".*",
  $task: ".*",
  $price: "0.40",
  $__rate_interval: "1m",
};

/** The queries of the dashboard, by panel, with the values of all variables. */
export function dashboardQueries(): readonly (readonly [source: string, query: string])[] {
  return dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(
      ({ expr }) => [`panel ${title}`, expr.replace(/\$\w+/g, (name) => VARIABLES[name] ?? name)] as const,
    ),
  );
}

interface RuleFile {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

/** The queries of the alert rules, by alert. */
export function alertQueries(): readonly (readonly [source: string, query: string])[] {
  const { groups } = parseYAML(monitoringFile("alert-rules.yaml")) as RuleFile;
  return groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => [`alert ${alert}`, expr] as const));
}
