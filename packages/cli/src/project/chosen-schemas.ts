import type { Broker, HistoryStore, ResultStore, StoreSchema } from "@jobs/core/broker";
import { CliError } from "../output/cli-error.ts";
import { chooseBroker, isDefaultBroker } from "./choose-broker.ts";
import { chooseHistory } from "./choose-history.ts";
import { chooseResults } from "./choose-results.ts";
import type { OpenedApp } from "./open-app.ts";

/** The tables of the app's stores, each once. */
export interface ChosenSchemas extends AsyncDisposable {
  readonly schemas: readonly [StoreSchema, ...StoreSchema[]];
}

/**
 * The tables of broker, results and history of an app, as flag, variable, file or the app name them. It connects to no
 * store. @throws CliError `usage` when none of them is in a database whose tables could be made
 */
export async function chooseSchemas({ app, project }: OpenedApp): Promise<ChosenSchemas> {
  const { config, definition } = app;
  const own = { broker: definition.broker, results: definition.results, history: definition.history };
  const isDefault = isDefaultBroker(config, own.broker);
  const broker = isDefault ? undefined : await chooseBroker(config, own.broker, project);
  const results = (await chooseResults(config, project)) ?? own.results;
  const history = await chooseHistory(config, project, { own: own.history, isDefaultBroker: false });
  const stores: readonly (Broker | ResultStore | HistoryStore | false | undefined)[] = [
    broker,
    results,
    history ?? own.history,
  ];
  const found = stores.flatMap((store) => (store ? [store] : []));
  const schemas = new Map(found.flatMap(({ schema }) => (schema ? [[schema.name, schema] as const] : [])));
  const close = async () => {
    for (const store of found) await store.close();
  };
  const [first, ...others] = schemas.values();
  if (first !== undefined) return { schemas: [first, ...others], [Symbol.asyncDispose]: close };
  await close();
  throw new CliError(
    "usage",
    "neither broker, results nor history are in a database with tables of its own.",
    {
      hint: "Name one: --broker postgres://owner:password@host/database, or --results or --history, or in the configuration file.",
    },
  );
}
