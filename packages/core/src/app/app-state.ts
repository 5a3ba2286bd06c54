import { ConfigError } from "../errors/config-errors.ts";
import { createLifecycle, type Lifecycle, type Observer } from "../job/lifecycle.ts";
import { type ErrorReporter, errorReporter, observeErrors } from "../job/on-error.ts";
import { isObject } from "../options/is-object.ts";
import { typeWord } from "../options/type-word.ts";
import type { Producer } from "../producer/producer.ts";
import type { Logger } from "../runtime/logger.ts";
import { createRuntime, type Runtime } from "../runtime/runtime.ts";
import type { Worker } from "../worker/worker.ts";
import { adviceInTests } from "./advice-in-tests.ts";
import type { App } from "./app.ts";
import type { AppDefinition } from "./app-definition.ts";
import { type OpenApp, openApp } from "./open-app.ts";

/** How a substituted app differs from the app itself, see `substituteApp`. */
export interface Replacement {
  /** The definition that it opens with. It is called again if the app is bound meanwhile. */
  replace(definition: AppDefinition): AppDefinition;
  /** Wraps the producer of all its jobs, also of those that handlers and schedules enqueue. Default: the plain one. */
  wrapProducer?(producer: Producer): Producer;
}

/**
 * The state of an app: defined → open → closed, and never back. Before it opens, the program may bind it once: it then
 * opens with another definition than that of its module. Nothing else of an app ever changes.
 */
export class AppState {
  readonly lifecycle: Lifecycle;
  readonly #reportError: ErrorReporter | undefined;
  readonly #replacement: Replacement | undefined;
  /** The definition before it was replaced. */
  #given: AppDefinition;
  #definition: AppDefinition;
  #runtime: Runtime;
  #isBound = false;
  #opened: OpenApp | undefined;
  /** The call that opened the app, for the error of a late `bind`. */
  #openedBy = "";
  #closing: Promise<void> | undefined;
  readonly #workers = new Set<Worker>();

  /** `replacement` makes it a substitute, whose events go to `observer` alone. */
  constructor(given: AppDefinition, replacement?: Replacement, observer?: Observer) {
    const definition = replacement?.replace(given) ?? given;
    const { onError, observers, runtime } = definition;
    const warn: Logger["warn"] = (fields, message) => this.#runtime.limited.warn(fields, message);
    this.#given = given;
    this.#definition = definition;
    this.#replacement = replacement;
    this.#reportError = onError && errorReporter(onError, warn);
    this.#runtime = createRuntime(runtime, this.#reportError);
    // Errors of observers are reported to the current runtime.
    this.lifecycle = createLifecycle((reported, message) => this.#runtime.report(reported, message, warn));
    if (observer !== undefined) {
      this.lifecycle.observe(observer);
      return;
    }
    for (const one of observers) this.lifecycle.observe(one);
    if (this.#reportError !== undefined) this.lifecycle.observe(observeErrors(this.#reportError));
  }

  /** The definition that the app opens with. */
  get definition(): AppDefinition {
    return this.#definition;
  }

  /** The definition that was given to it, before a replacement. */
  get given(): AppDefinition {
    return this.#given;
  }

  /** The call that opened the app; `undefined` while it is not open. */
  get openedBy(): string | undefined {
    return this.#opened && this.#openedBy;
  }

  get runtime(): Runtime {
    return this.#runtime;
  }

  /** @throws ConfigError for an app that is open, closed or bound, or for a definition of another app */
  bind(definition: AppDefinition): void {
    const refused = this.#whyNotBound(definition);
    if (refused !== undefined) throw refused;
    this.#isBound = true;
    this.#given = definition;
    this.#definition = this.#replacement?.replace(definition) ?? definition;
    this.#runtime = createRuntime(this.#definition.runtime, this.#reportError);
  }

  /** The open app, opened by the first call. @throws ConfigError when it has no broker, or was closed before it opened */
  open(call: string): OpenApp {
    if (this.#opened !== undefined) return this.#opened;
    if (this.#closing !== undefined) {
      throw new ConfigError(`${call}: the app is closed.`, { hint: "Close the app after its last call." });
    }
    const { lifecycle, runtime, definition } = this;
    // A program that binds its app is no test that forgot to replace the broker.
    const advice = this.#isBound ? undefined : adviceInTests();
    const wrapProducer = this.#replacement === undefined ? advice : this.#replacement.wrapProducer;
    this.#opened = openApp({ definition, lifecycle, runtime, wrapProducer });
    this.#openedBy = call;
    return this.#opened;
  }

  /** Closes the app once. It always closes its stores, which can be read without opening the app. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Its workers stop with the app. */
  addWorker(worker: Worker): void {
    for (const one of this.#workers) if (one.state === "stopped") this.#workers.delete(one);
    this.#workers.add(worker);
  }

  async #close(): Promise<void> {
    const atWork = [...this.#workers].filter(({ state }) => state !== "new" && state !== "stopped");
    // Whoever runs a worker gets its error, so it is ignored here.
    await Promise.allSettled(atWork.map((worker) => worker.stop()));
    await this.#opened?.flush();
    const { results, history } = this.#definition;
    await Promise.all([this.#opened?.broker.close(), results?.close(), history?.close()]);
  }

  #whyNotBound(definition: AppDefinition): ConfigError | undefined {
    if (definition.tasks !== this.#definition.tasks) {
      return new ConfigError("bindApp: the definition belongs to another app.", {
        hint: "Make it from this app's definition: app.definition.with({ … }).",
      });
    }
    if (this.#opened !== undefined) {
      return new ConfigError(
        `settings came too late for the app: ${this.#openedBy} has opened it with its own already.`,
        {
          hint: "Do not use the app while its module is loaded: use it in a handler, or in a separate program.",
        },
      );
    }
    if (this.#isBound) {
      return new ConfigError("the app already has its settings; they can be set only once.", {
        hint: "The jobs command and createHost set them: do not call configureApp in a module that they load.",
      });
    }
    return (
      this.#closing &&
      new ConfigError("the app is closed, so it cannot get settings.", {
        hint: "Set them before it is closed.",
      })
    );
  }
}

/** With this symbol every copy of core can bind an app of another copy. */
export const BIND: unique symbol = Symbol.for("@jobs/core:bind-app");

/**
 * Gives an app the definition to open with, instead of its own. For programs that run an app, once, before the app
 * opens. Code that imports the app from its module, such as its handlers, then uses the broker of the process.
 * Otherwise an app is never changed from outside.
 * @example bindApp(app, app.definition.with({ broker, config }))
 * @throws ConfigError for an app that is open, closed or bound already, or for a definition of another app
 */
export function bindApp(app: App, definition: AppDefinition): void {
  const bind: unknown = isObject(app) ? Reflect.get(app, BIND) : undefined;
  if (typeof bind !== "function")
    throw new ConfigError(
      `bindApp: the first argument must be an app made by createApp, got ${typeWord(app)}.`,
    );
  if (!isObject(definition))
    throw new ConfigError(
      `bindApp: the second argument must be a definition of the app, got ${typeWord(definition)}.`,
      { hint: "Make it from this app's definition: app.definition.with({ … })." },
    );
  bind.call(app, definition);
}
