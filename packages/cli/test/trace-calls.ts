import { Session } from "node:inspector/promises";

/** A source file of a package, in the place where it stands in the repository. */
const SOURCE = /packages\/[\w-]+\/src\/.+\.ts$/;

/** Files of the repository with a function that ran during `work`, by the engine's own counts. */
export async function filesThatRun(work: () => Promise<unknown>): Promise<ReadonlySet<string>> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  // Reading the counts sets them to 0.
  await session.post("Profiler.takePreciseCoverage");
  await work();
  const { result } = await session.post("Profiler.takePreciseCoverage");
  session.disconnect();
  const files = new Set<string>();
  for (const { url, functions } of result) {
    const [file] = SOURCE.exec(url) ?? [];
    // Functions without a name are a module's own and those that read its exports.
    if (file !== undefined && functions.some(hasRun)) files.add(file);
  }
  return files;
}

function hasRun({
  functionName,
  ranges,
}: {
  functionName: string;
  ranges: readonly { count: number }[];
}): boolean {
  return functionName !== "" && (ranges[0]?.count ?? 0) > 0;
}
