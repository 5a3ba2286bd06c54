import type { ParamsInput, ParamsOutput, TaskParams } from "./params-types.ts";

/** An earlier form of a task's parameters, and the step to the form of the next version. Made by {@link upcast}. */
export interface Upcast<Params extends TaskParams = TaskParams, Result = unknown> {
  /** The parameters of that version, in any form that `defineTask` takes. */
  readonly params: Params;
  /** Gets what a handler of that version got, and returns what the next version takes. */
  readonly up: (old: ParamsOutput<Params>) => Result;
}

/** Any {@link Upcast}, whatever its parameters are. */
export interface AnyUpcast {
  readonly params: TaskParams;
  readonly up: (old: never) => unknown;
}

/** The earlier versions of a task, each by its number. */
export type Upcasts = { readonly [version: number]: AnyUpcast };

/** For each earlier version: the step to it from the parameters of the next version. */
export type Downcasts = { readonly [version: number]: (params: never) => unknown };

/**
 * Declares an earlier version of a task's parameters, for `from` of `defineTask`. A worker checks an old job by
 * `params`, and calls `up` with what a handler got at that time. The result is checked as the parameters of the next
 * version. `up` is synchronous, has no side effects, and returns JSON.
 * @example from: { 1: upcast({ mail: "string" }, ({ mail }) => ({ to: mail })) }
 */
export function upcast<const Params extends TaskParams, const Result>(
  params: Params,
  up: (old: ParamsOutput<Params>) => Result,
): Upcast<Params, Result> {
  return Object.freeze({ params, up });
}

/** The options of `defineTask` for versions, which check each step by the compiler. */
export interface VersionOptions<Params, Version extends number, From extends Upcasts> {
  readonly version?: Version;
  readonly from?: From & CheckedSteps<Params, Version, From>;
  readonly to?: CheckedDowncasts<Params, Version, NoInfer<From>>;
}

/** Each step must return the parameters of the next version, and no others. Unknown to the compiler: no check. */
type CheckedSteps<Params, Version extends number, From extends Upcasts> = number extends keyof From
  ? unknown
  : { readonly [N in keyof From]: CheckedStep<From[N], InputOfNext<Params, Version, From, N>> };

/** Each step back gets the parameters of the next version, and must return those of its own. */
type CheckedDowncasts<Params, Version extends number, From extends Upcasts> = number extends keyof From
  ? Downcasts
  : [keyof From] extends [never]
    ? { readonly [version: number]: never }
    : {
        readonly [N in keyof From & number]?: (
          params: InputOfNext<Params, Version, From, N>,
        ) => OldInput<From, N>;
      };

type CheckedStep<Step, Target> = Step extends { readonly up: (old: never) => infer Result }
  ? { readonly up: (old: never) => Target & { readonly [Name in Unexpected<Result, Target>]?: never } }
  : never;

/** Names that a step returns and the next version does not have. */
type Unexpected<Result, Target> = Result extends unknown ? Exclude<keyof Result, KeysOf<Target>> : never;

type KeysOf<T> = T extends unknown ? keyof T : never;

/** The parameters of the version after `N`: those of `from`, or today's. */
type InputOfNext<Params, Version extends number, From extends Upcasts, N> = N extends number
  ? Next<N> extends infer After
    ? After extends keyof From
      ? OldInput<From, After>
      : number extends Version
        ? unknown
        : After extends Version
          ? ParamsInput<Params>
          : never
    : never
  : never;

type OldInput<From extends Upcasts, N extends keyof From> = From[N] extends AnyUpcast
  ? ParamsInput<From[N]["params"]>
  : never;

/** `N` and one; `number` where it is not known to the compiler. */
type Next<N extends number> = number extends N ? number : [...TupleOf<N>, unknown]["length"];

type TupleOf<N extends number, Made extends readonly unknown[] = []> = Made["length"] extends N
  ? Made
  : TupleOf<N, [...Made, unknown]>;
