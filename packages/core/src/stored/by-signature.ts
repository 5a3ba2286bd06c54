import type { Envelope } from "../envelope/envelope.ts";

/** The task and the signature of a job. */
export type TaskAndSig = Pick<Envelope, "task" | "sig">;

/** A task and a signature; both `null` for jobs that cannot be read. */
export interface NamedSignature {
  readonly task: string | null;
  readonly sig: string | null;
}

const UNREADABLE: NamedSignature = { task: null, sig: null };

/** One value for each task and signature. A million jobs have few of them. */
export class BySignature<Value> {
  readonly #make: (named: NamedSignature) => Value;
  readonly #tasks = new Map<string | null, Map<string | null, Value>>();

  constructor(make: (named: NamedSignature) => Value) {
    this.#make = make;
  }

  /** The value for a job; for `undefined`, that of unreadable jobs. Made on first use. */
  of(job: TaskAndSig | undefined): Value {
    const { task, sig } = job ?? UNREADABLE;
    let sigs = this.#tasks.get(task);
    if (sigs === undefined) {
      sigs = new Map();
      this.#tasks.set(task, sigs);
    }
    let value = sigs.get(sig);
    if (value === undefined) {
      value = this.#make({ task, sig });
      sigs.set(sig, value);
    }
    return value;
  }

  values(): readonly Value[] {
    return [...this.#tasks.values()].flatMap((sigs) => [...sigs.values()]);
  }
}
