import { ConfigError } from "../errors/config-errors.ts";
import type { Observer } from "../job/lifecycle.ts";
import { isObject } from "../options/is-object.ts";
import { typeWord } from "../options/type-word.ts";
import type { App } from "./app.ts";
import type { Replacement } from "./app-state.ts";

/** With this symbol every copy of core can substitute an app of another copy. */
export const SUBSTITUTE: unique symbol = Symbol.for("@jobs/core:substitute-app");

/** What an app uses in place of its own broker. */
export interface AppSubstitute {
  /** Adds an observer of the substitute's events alone; call the result to remove it. */
  observe(observer: Observer): () => void;
  /** Closes what the substitute has opened. The app's own broker stays as it is. */
  close(): Promise<void>;
  /** The app has its own state again, unless it has a newer substitute. */
  undo(): void;
}

/**
 * Makes all code that imports this app use another definition until `undo`, for tests. Nothing of the app's own is opened or
 * closed. A second call starts anew: nothing that was opened or sent before is seen any more. Settings that the app was
 * bound to meanwhile stay. Observers that were added to the app get the events of all substitutes.
 * @throws ConfigError for an app that is open already, and for what is no app
 */
export function substituteApp(app: App, replacement: Replacement): AppSubstitute {
  const substitute: unknown = isObject(app) ? Reflect.get(app, SUBSTITUTE) : undefined;
  if (typeof substitute !== "function") {
    throw new ConfigError(`expected an app made by createApp, got ${typeWord(app)}.`);
  }
  return substitute.call(app, replacement);
}

/** With this symbol every copy of core can ask an app of another copy. */
export const IS_SUBSTITUTED: unique symbol = Symbol.for("@jobs/core:is-substituted");

/**
 * Whether a test has substituted the app, and runs its jobs itself. A package that runs a worker with a whole program
 * then leaves the worker out.
 */
export function isSubstituted(app: App): boolean {
  return Reflect.get(app, IS_SUBSTITUTED) === true;
}
