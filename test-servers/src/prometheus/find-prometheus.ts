import { installPackage } from "../install-package.ts";
import { programOnPath } from "../program-on-path.ts";

const HOW_TO_GET_ONE = "Install prometheus, with promtool.";

/** The programs of Prometheus, as paths. */
export interface PrometheusPrograms {
  readonly prometheus: string;
  readonly promtool: string;
}

/**
 * Whether tests on a real Prometheus can run here, for `describe.runIf(await hasPrometheus())`. The first caller on
 * Debian or Ubuntu installs one, if it may. @throws Error without one when CI is set, so that CI cannot skip these tests.
 */
export async function hasPrometheus(): Promise<boolean> {
  if ((await findPrometheus()) !== undefined) return true;
  if (process.env.CI) throw new Error(`the tests on Prometheus cannot run. ${HOW_TO_GET_ONE}`);
  process.stderr.write(`\n*** SKIPPED: the tests on Prometheus. ${HOW_TO_GET_ONE} ***\n\n`);
  return false;
}

/** Installed programs, else ones that it can install. */
export async function findPrometheus(): Promise<PrometheusPrograms | undefined> {
  return find() ?? ((await installPackage("prometheus")) ? find() : undefined);
}

function find(): PrometheusPrograms | undefined {
  const [prometheus, promtool] = ["prometheus", "promtool"].map((name) => programOnPath([name]));
  return prometheus === undefined || promtool === undefined ? undefined : { prometheus, promtool };
}
