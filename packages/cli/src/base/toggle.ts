import { Flags } from "./oclif.ts";

/** A flag that is on when it is given. oclif leaves it undefined otherwise, against its own types. */
export function toggle(options: Parameters<typeof Flags.boolean<boolean>>[0]) {
  return Flags.boolean({ default: false, ...options });
}
