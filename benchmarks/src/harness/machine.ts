import { cpus, release, totalmem } from "node:os";

/** One line about the machine, since figures depend on it. */
export function describeMachine(): string {
  const processors = cpus();
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  const model = processors[0]?.model.trim() ?? "unknown processor";
  return `${processors.length} × ${model}, ${memoryGb} GB, ${process.platform} ${release()}, Node ${process.versions.node}`;
}

/**
 * The parts of such a line by which figures compare. What a host adds to the version of its kernel is no part of them:
 * it changes with each build of the same kernel.
 */
export function comparableMachine(machine: string): string {
  return machine.replace(/( \d+\.\d+\.\d+)-[^ ,]+/, "$1");
}
