import { ambientSources, timers } from "./ambient-sources.mjs";
import { contracts } from "./contracts.mjs";
import { cycles } from "./cycles.mjs";
import { floors, floorsAreComplete } from "./floors.mjs";
import { leftovers } from "./leftovers.mjs";
import { links } from "./links.mjs";
import { coreDependencies, declaredDependencies, manifestFields } from "./manifests.mjs";
import { names } from "./names.mjs";
import { packageBorders } from "./package-borders.mjs";
import { packageEdges } from "./package-edges.mjs";
import { sentences } from "./sentences.mjs";
import { sizes } from "./sizes.mjs";
import { snippets } from "./snippets.mjs";
import { testCode } from "./test-code.mjs";
import { testLuck } from "./test-luck.mjs";
import { thrownValues } from "./thrown-values.mjs";

/**
 * The rules of this repository in groups. Each group is one step of `npm run check`.
 * @type {Readonly<Record<string, readonly import("./repository.mjs").Rule[]>>}
 */
export const RULES = {
  dependencies: [
    packageEdges,
    packageBorders,
    testCode,
    contracts,
    floors,
    floorsAreComplete,
    cycles,
    ambientSources,
    timers,
    coreDependencies,
    declaredDependencies,
    manifestFields,
  ],
  sizes: [sizes],
  names: [names],
  leftovers: [leftovers, thrownValues, testLuck],
  links: [links],
  snippets: [snippets],
  sentences: [sentences],
};
