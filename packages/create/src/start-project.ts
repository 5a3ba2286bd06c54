import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { BROKER_CHOICES } from "./broker-choice.ts";
import { execPrefix, install, OUTPUT_ON_STDERR } from "./package-manager.ts";
import type { ProjectChoices } from "./project-files.ts";

/** How the first steps of a new project went. */
export interface Start {
  /** False when installing or the first job failed; the output says why. */
  readonly isOk: boolean;
  /** Commands for the user, in their order. */
  readonly nextSteps: readonly string[];
}

/**
 * Installs the packages, and runs the first job where the broker needs no server, so that the user sees it work.
 * @param isInstalled False leaves both to the user.
 */
export function startProject(
  choices: ProjectChoices,
  { isInstalled }: { readonly isInstalled: boolean },
): Start {
  const { broker, folder, packageManager } = choices;
  const jobs = `${execPrefix(packageManager)} jobs-cli`;
  const { server } = BROKER_CHOICES[broker];
  const hasPackages = isInstalled && install(packageManager, folder);
  const isOk = !isInstalled || (hasPackages && (server !== undefined || hasRunFirstJob(folder)));
  const nextSteps = [
    ...(folder === process.cwd() ? [] : [`cd ${JSON.stringify(folder)}`]),
    ...(hasPackages ? [] : [`${packageManager} install`]),
    ...(server === undefined ? [] : [server]),
    `${jobs} enqueue welcome email=ada@example.org`,
    `${jobs} worker`,
  ];
  return { isOk, nextSteps };
}

function hasRunFirstJob(folder: string): boolean {
  const command = join(folder, "node_modules/@jobs/cli/bin/jobs.js");
  return [
    ["enqueue", "welcome", "email=ada@example.org"],
    ["worker", "--drain"],
  ].every((args) => {
    console.error(`\n$ jobs ${args.join(" ")}`);
    return (
      spawnSync(process.execPath, [command, ...args], { cwd: folder, stdio: OUTPUT_ON_STDERR }).status === 0
    );
  });
}
