import type { SqsLayer, SqsService } from "./sqs-call.ts";

/** Puts layers in front of a service. The first layer sees a call first. */
export function inFrontOf(service: SqsService, layers: readonly SqsLayer[]): SqsService {
  return layers.reduceRight<SqsService>((next, layer) => (call) => layer(call, next), service);
}
