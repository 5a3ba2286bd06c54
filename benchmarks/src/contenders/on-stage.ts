import type { Figures } from "../harness/bench-case.ts";
import { notePackages } from "../harness/versions.ts";
import type { Contender, ContenderKind, MeasuredBroker, Stage } from "./contender.ts";

/** Measures a contender on an empty broker of its own, and notes the versions of its packages. */
export async function onStage(
  stage: Stage,
  kind: ContenderKind,
  measure: (contender: Contender, broker: MeasuredBroker) => Promise<Figures>,
  onRun: () => unknown = () => {},
): Promise<Figures> {
  await using broker = await stage.start();
  notePackages(kind.packages);
  const contender = await kind.open(broker.target, onRun);
  const figures = await measure(contender, broker);
  await contender.close();
  return figures;
}
