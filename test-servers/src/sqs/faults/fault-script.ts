import { inFrontOf } from "../protocol/in-front-of.ts";
import type { SqsLayer } from "../protocol/sqs-call.ts";
import type { PlayedFault, SqsFault } from "./fault.ts";
import { FaultDice } from "./fault-dice.ts";
import { faultLayer } from "./fault-layer.ts";

/** The faults of an endpoint, in the order of their start. */
export class FaultScript {
  readonly #random: () => number;
  readonly #layers: SqsLayer[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Ended faults stay in the list: a message that they delivered twice may still be in flight. */
  readonly layer: SqsLayer = (call, next) => inFrontOf(next, this.#layers)(call);

  play(fault: SqsFault): PlayedFault {
    const dice = new FaultDice(fault, this.#random);
    this.#layers.push(faultLayer(fault, dice));
    return dice;
  }
}
