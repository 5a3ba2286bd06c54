import { type App, type BoundHandler, ConfigError, type WorkerOptions, type WorkerReport } from "@jobs/core";
import { bindApp } from "@jobs/core/config";
import {
  describeThrown,
  isObject,
  type OptionRule,
  type OptionRules,
  optionsCheck,
  required,
  optionRules as rule,
  WORKER_RULES,
} from "@jobs/core/runtime";
import type {
  DynamicModule,
  FactoryProvider,
  ModuleMetadata,
  OnApplicationShutdown,
  Provider,
} from "@nestjs/common";
import { DiscoveryModule, DiscoveryService } from "@nestjs/core";
import { bindHandlers, checkHandlers, type FoundHandler, findHandlers } from "./find-handlers.ts";
import { HANDLERS, JOBS_APP, JobsProducer, SETTINGS } from "./injected.ts";
import { JobsWorker } from "./jobs-worker.ts";

/**
 * An app, or a function that creates it from the handlers of the providers. An app of a module gets these handlers
 * before it opens, once. A function makes a new app for each application, and leaves it to the `jobs` command to set it up.
 */
export type JobsAppSource = App | ((handlers: readonly BoundHandler[]) => App | Promise<App>);

/** Options of {@link JobsModule.forRoot}. */
export interface JobsModuleOptions {
  /**
   * Whether this process runs jobs, and the options of its worker. Default: it does if a provider has `@Handles`. `false`
   * for a process that only enqueues.
   */
  readonly worker?: boolean | Omit<WorkerOptions, "ownsProcess" | "broker">;
  /**
   * Called when the worker ends although the application has not stopped it: with its report, or with the error. Default:
   * the error is logged. A process that only works should then exit, so that its supervisor replaces it.
   */
  readonly onStopped?: (how: WorkerReport | Error) => void;
}

/** What the factory of {@link JobsModule.forRootAsync} returns. */
export interface JobsModuleSettings extends JobsModuleOptions {
  /** The app, or a function that creates it. */
  readonly app: JobsAppSource;
}

/** Options of {@link JobsModule.forRootAsync}. */
export interface JobsModuleAsyncOptions
  extends Pick<ModuleMetadata, "imports">,
    Pick<FactoryProvider<JobsModuleSettings>, "useFactory" | "inject"> {}

const checkWorker = optionsCheck<Omit<WorkerOptions, "ownsProcess" | "broker">>({
  ...WORKER_RULES,
  identity: rule.text,
});

const WORKER: OptionRule = {
  expected: "true, false or options of a worker",
  accepts: (value) => typeof value === "boolean" || isObject(value),
  inside(value, where) {
    if (isObject(value)) checkWorker(value, where);
  },
};

const MODULE_RULES: OptionRules<JobsModuleOptions> = { worker: WORKER, onStopped: rule.func };

const checkOptions = optionsCheck<JobsModuleOptions>(MODULE_RULES);

const checkSettings = optionsCheck<JobsModuleSettings>({
  ...MODULE_RULES,
  app: required(rule.either(rule.having("an app made by createApp", "enqueue", "worker"), rule.func)),
});

const checkAsyncOptions = optionsCheck<JobsModuleAsyncOptions>({
  imports: rule.listOf("modules", rule.anything),
  inject: rule.listOf("tokens", rule.anything),
  useFactory: required(rule.func),
});

/**
 * Makes an app part of a Nest application. Import it once, in the root module, as the last of its imports: the producer is
 * global, and the worker stops before the modules that stand before it are destroyed.
 */
// biome-ignore lint/complexity/noStaticOnlyClass: to Nest a module is a class
export class JobsModule {
  /**
   * @example JobsModule.forRoot(app)
   * @example JobsModule.forRoot((handlers) => createApp({ broker, tasks, handlers }), { worker: false })
   * @throws ConfigError for options that cannot be used
   */
  static forRoot(app: JobsAppSource, options: JobsModuleOptions = {}): DynamicModule {
    checkOptions(options, "JobsModule.forRoot");
    const settings = { ...options, app };
    checkSettings(settings, "JobsModule.forRoot");
    return jobsModule([], { provide: SETTINGS, useValue: settings });
  }

  /**
   * As `forRoot`, with an app that is made from other providers.
   * @example JobsModule.forRootAsync({ inject: [ConfigService], useFactory: (config) => ({ app: (handlers) => … }) })
   * @throws ConfigError for options that cannot be used
   */
  static forRootAsync(options: JobsModuleAsyncOptions): DynamicModule {
    checkAsyncOptions(options, "JobsModule.forRootAsync");
    const { imports = [], inject = [], useFactory } = options;
    return jobsModule(imports, {
      provide: SETTINGS,
      inject,
      async useFactory(...dependencies) {
        const settings = await useFactory(...dependencies);
        checkSettings(settings, "JobsModule.forRootAsync: what useFactory returns");
        return settings;
      },
    });
  }
}

/** Ends the app after the last request, when every other provider is destroyed. */
class AppCloser implements OnApplicationShutdown {
  readonly #app: App;

  constructor(app: App) {
    this.#app = app;
  }

  onApplicationShutdown(): Promise<void> {
    return this.#app.close();
  }
}

/** Holds the app. It is global, and Nest destroys global modules last: when all that may enqueue has ended. */
class JobsAppModule {}

const APP_PROVIDERS: readonly Provider[] = [
  { provide: HANDLERS, inject: [DiscoveryService], useFactory: findHandlers },
  { provide: JOBS_APP, inject: [SETTINGS, HANDLERS, DiscoveryService], useFactory: makeApp },
  { provide: JobsProducer, useExisting: JOBS_APP },
  { provide: AppCloser, inject: [JOBS_APP], useFactory: (app: App) => new AppCloser(app) },
];

const WORKER_PROVIDER: Provider = {
  provide: JobsWorker,
  inject: [JOBS_APP, SETTINGS, HANDLERS, DiscoveryService],
  useFactory: makeWorker,
};

/** The worker is not global: Nest destroys it before the modules that its handlers use. */
function jobsModule(imports: NonNullable<ModuleMetadata["imports"]>, settings: Provider): DynamicModule {
  const appModule: DynamicModule = {
    module: JobsAppModule,
    global: true,
    imports: [DiscoveryModule, ...imports],
    providers: [settings, ...APP_PROVIDERS],
    exports: [SETTINGS, HANDLERS, JOBS_APP, JobsProducer],
  };
  return {
    module: JobsModule,
    imports: [appModule, DiscoveryModule],
    providers: [WORKER_PROVIDER],
    exports: [JobsWorker],
  };
}

/** @throws ConfigError for a second module, or for an app that is set up already */
async function makeApp(
  { app: source }: JobsModuleSettings,
  found: readonly FoundHandler[],
  discovery: DiscoveryService,
): Promise<App> {
  if (discovery.getProviders().filter(({ token }) => token === JOBS_APP).length > 1) {
    throw new ConfigError("JobsModule is imported twice in this application.", {
      hint: "Call JobsModule.forRoot or forRootAsync once, in the root module. Its providers are global.",
    });
  }
  const handlers = bindHandlers(found);
  if (typeof source === "function") return source(handlers);
  if (handlers.length > 0) addHandlers(source, handlers);
  return source;
}

function addHandlers(app: App, handlers: readonly BoundHandler[]): void {
  const definition = app.definition.with({ handlers });
  try {
    bindApp(app, definition);
  } catch (cause) {
    throw new ConfigError(`JobsModule cannot add the handlers of the providers: ${describeThrown(cause)}`, {
      hint: "Give it a function that creates the app: JobsModule.forRoot((handlers) => createApp({ …, handlers })).",
      cause,
    });
  }
}

function makeWorker(
  app: App,
  { worker, onStopped }: JobsModuleSettings,
  found: readonly FoundHandler[],
  discovery: DiscoveryService,
): JobsWorker {
  const isWorking = worker ?? found.length > 0;
  const written = typeof worker === "object" ? worker : {};
  return new JobsWorker({
    app,
    options: isWorking ? written : undefined,
    onStopped,
    checkHandlers: () => checkHandlers(found, discovery),
  });
}
