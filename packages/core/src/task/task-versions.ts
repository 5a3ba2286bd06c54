import { ConfigError } from "../errors/config-errors.ts";
import type { OldForm, TaskVersions } from "./params-form.ts";
import type { Signature } from "./signature.ts";
import type { TaskOptions } from "./task.ts";
import type { AnyUpcast } from "./upcast.ts";

/** Makes a signature of parameters in any form. `where` names them in an error. */
export type ReadSignature = (where: string, params: unknown) => Signature;

/**
 * Reads `version`, `from` and `to` of a task.
 * @throws ConfigError for a gap between versions, a step without its version, and for parameters that `read` refuses
 */
export function readVersions(
  name: string,
  options: TaskOptions,
  read: ReadSignature,
): TaskVersions | undefined {
  const { version: current = 1, from = {}, to = {} } = options;
  const where = `task "${name}"`;
  const numbers = Object.keys(from);
  const oldest = current - numbers.length;
  const isGap = numbers.some((_, index) => oldest < 1 || !Object.hasOwn(from, oldest + index));
  if (isGap) {
    throw new ConfigError(
      `${where}: from must name the versions before ${current} without a gap, got ${numbers.join(", ").slice(0, 80)}.`,
    );
  }
  const astray = Object.keys(to).find((number) => !Object.hasOwn(from, number));
  if (astray !== undefined) {
    throw new ConfigError(`${where}: to names version ${astray.slice(0, 80)}, which from does not.`);
  }
  if (numbers.length === 0) return undefined;
  const old = numbers.map((number): OldForm => {
    const version = Number(number);
    const { params, up } = from[version] as AnyUpcast;
    const down = to[version];
    return Object.freeze({
      name,
      version,
      signature: read(`${where}: version ${version}`, params),
      up: up as OldForm["up"],
      ...(down === undefined ? undefined : { down: down as NonNullable<OldForm["down"]> }),
    });
  });
  return Object.freeze({ current, old: Object.freeze(old.reverse()) });
}
