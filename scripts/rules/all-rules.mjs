import { ambientSources, joinedSignals, timers } from "./ambient-sources.mjs";
import { leftovers } from "./leftovers.mjs";
import { links } from "./links.mjs";
import { listedPages } from "./listed-pages.mjs";
import { coreDependencies, manifestFields, sharedFields } from "./manifests.mjs";
import { brokerKinds, identifierNames, names, typeNames } from "./names.mjs";
import { sentences } from "./sentences.mjs";
import { snippets } from "./snippets.mjs";
import { testLuck } from "./test-luck.mjs";
import { thrownValues } from "./thrown-values.mjs";

/**
 * The rules of this repository in groups. Each group is one step of `npm run check`.
 * @type {Readonly<Record<string, readonly import("./repository.mjs").Rule[]>>}
 */
export const RULES = {
  dependencies: [ambientSources, timers, joinedSignals, manifestFields, sharedFields],
  sizes: [coreDependencies],
  names: [names, typeNames, identifierNames, brokerKinds],
  leftovers: [leftovers, thrownValues, testLuck],
  links: [links, listedPages],
  snippets: [snippets],
  sentences: [sentences],
};
