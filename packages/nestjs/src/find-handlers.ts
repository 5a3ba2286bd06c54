import { type BoundHandler, ConfigError, handle, type Task } from "@jobs/core";
import type { DiscoveryService } from "@nestjs/core";
import { handledTasks } from "./handles.ts";

/** A provider or controller as Nest keeps it, from before its instance is made. */
export type ProviderWrapper = ReturnType<DiscoveryService["getProviders"]>[number];

/** A method that handles a task. */
export interface FoundHandler {
  readonly task: Task;
  readonly wrapper: ProviderWrapper;
  readonly method: string | symbol;
}

/**
 * The methods with `@Handles` of all providers and controllers. Classes are known before the first instance is made, so
 * the app has its handlers before anybody can inject it.
 * @throws ConfigError for a task with two handlers
 */
export function findHandlers(discovery: DiscoveryService): readonly FoundHandler[] {
  const found = wrappersOf(discovery)
    .filter(({ isFactory }) => !isFactory)
    .flatMap(handlersOf);
  const byTask = new Map<string, FoundHandler>();
  for (const handler of found) {
    const other = byTask.get(handler.task.name);
    if (other !== undefined) {
      throw new ConfigError(
        `task "${handler.task.name}" has two handlers: ${nameOf(other)} and ${nameOf(handler)}.`,
        { hint: "Remove one @Handles, or provide the class in one module only and import that module." },
      );
    }
    byTask.set(handler.task.name, handler);
  }
  return found;
}

/** Handlers for `createApp`. Each finds its instance when a job runs. */
export function bindHandlers(found: readonly FoundHandler[]): readonly BoundHandler[] {
  return found.flatMap(({ task, wrapper, method }) =>
    handle(task, (params, ctx) => wrapper.instance[method](params, ctx)),
  );
}

/**
 * Called when all instances are made: only then Nest knows what the dependencies of a provider depend on.
 * @throws ConfigError for a handler without the one instance that runs it, or that a factory has made
 */
export function checkHandlers(found: readonly FoundHandler[], discovery: DiscoveryService): void {
  for (const { wrapper, ...handler } of found) {
    const scope = scopeOf(wrapper);
    if (scope === undefined) continue;
    throw new ConfigError(
      `${nameOf({ wrapper, ...handler })} handles task "${handler.task.name}", but ${scope}.`,
      {
        hint:
          "A job has no request. Give the provider and all that it injects the default scope, and read what belongs to " +
          "one job from the parameters and ctx.",
      },
    );
  }
  const [late] = wrappersOf(discovery)
    .filter(({ isFactory }) => isFactory)
    .flatMap(handlersOf);
  if (late === undefined) return;
  throw new ConfigError(
    `${nameOf(late)} handles task "${late.task.name}", but a factory makes its provider.`,
    {
      hint:
        "The app needs its handlers before a factory runs. Provide the class itself, or by useClass, and inject what " +
        "the factory needs.",
    },
  );
}

function wrappersOf(discovery: DiscoveryService): readonly ProviderWrapper[] {
  // An alias has the instance of another provider.
  return [...discovery.getProviders(), ...discovery.getControllers()].filter(({ isAlias }) => !isAlias);
}

function handlersOf(wrapper: ProviderWrapper): readonly FoundHandler[] {
  const handlers: FoundHandler[] = [];
  const seen = new Set<string | symbol>();
  for (
    let owner = prototypeOf(wrapper);
    owner !== null && owner !== Object.prototype;
    owner = Object.getPrototypeOf(owner)
  ) {
    for (const method of Reflect.ownKeys(owner)) {
      // What a subclass overrides is not called.
      if (seen.has(method)) continue;
      seen.add(method);
      const { value } = Object.getOwnPropertyDescriptor(owner, method) ?? {};
      handlers.push(...handledTasks(value).map((task) => ({ task, wrapper, method })));
    }
  }
  return handlers;
}

/** Of the class, or of the value of a provider that has no class. `null` for what is not made yet. */
function prototypeOf({ isNotMetatype, metatype, instance }: ProviderWrapper): object | null {
  if (!isNotMetatype) return (metatype as { readonly prototype?: object }).prototype ?? null;
  return typeof instance === "object" && instance !== null ? Object.getPrototypeOf(instance) : null;
}

/** Why a provider has no single instance, as words after "but". `undefined`: it has one. */
function scopeOf(wrapper: ProviderWrapper): string | undefined {
  if (wrapper.isTransient) return "its provider has the scope TRANSIENT";
  if (wrapper.isDependencyTreeStatic()) return undefined;
  return "its provider, or one that it injects, has the scope of a request";
}

function nameOf({ wrapper, method }: Pick<FoundHandler, "wrapper" | "method">): string {
  return `${wrapper.name}.${String(method)}`;
}
