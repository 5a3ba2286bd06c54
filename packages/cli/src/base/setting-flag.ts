import { type Setting, variableOf } from "@jobs/core/config";
import type { BooleanFlag, OptionFlag } from "@oclif/core/interfaces";
import { CliError } from "../output/cli-error.ts";
import { Flags } from "./oclif.ts";
import { lacksUnit, unitHint } from "./read-duration.ts";

/** A flag for a setting. Its value is parsed already. */
export type SettingFlag<T> = OptionFlag<T | undefined> & {
  /** The environment variable of the same setting. */
  readonly variable: string;
};

/** A flag of a setting that is on or off. */
export type SettingSwitch = BooleanFlag<boolean | undefined> & { readonly variable: string };

/**
 * A flag for a setting. It names the setting's variable but does not read it. Variables are another layer, so that
 * `jobs config explain` distinguishes flags and variables.
 */
export function settingFlag<T>(
  section: "" | "worker",
  setting: Setting<T>,
  look: { readonly char?: "c" } = {},
): SettingFlag<T> {
  const path = section === "" ? setting.key : `${section}.${setting.key}`;
  const flag = Flags.custom<unknown>({
    description: setting.description,
    ...(section === "" ? { helpGroup: "GLOBAL" } : {}),
    hidden: setting.isInternal ?? false,
    ...look,
    parse: async (written) => {
      const isUnclear = setting.reader.expected.startsWith("a duration") && lacksUnit(written);
      const value = isUnclear ? undefined : setting.reader.read(written);
      if (value === undefined) {
        const hint = isUnclear ? unitHint(written) : undefined;
        throw new CliError("usage", `must be ${setting.reader.expected}.`, { hint });
      }
      return value;
    },
  })();
  // oclif's overloads lose the type parameter. The type is right, since this setting's reader makes the value.
  return Object.assign(flag as OptionFlag<unknown> as OptionFlag<T | undefined>, {
    variable: variableOf(path),
  });
}

/** A flag for a setting that is on or off: `--strict-order` switches it on, `--no-strict-order` off. */
export function settingSwitch(section: "worker", setting: Setting<boolean>): SettingSwitch {
  const flag = Flags.boolean({ description: setting.description, allowNo: true });
  return Object.assign(flag as SettingSwitch, { variable: variableOf(`${section}.${setting.key}`) });
}
