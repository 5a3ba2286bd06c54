import { systemClock } from "@jobs/core/runtime";
import { type BrokerSession, queuePrefix } from "../broker-session.ts";
import { CELERY_INTAKE, ENVELOPE_INTAKE } from "../scripts/list-intake.lua.ts";
import type { Script } from "../scripts/script.ts";

/** The most messages that one script moves, so that other commands do not wait long. */
const STEP = 200;

/**
 * Moves what other programs push to a list into the queue, as often as expired leases are searched. Each message moves
 * in one step, so none is lost or stored twice.
 */
export class ListIntake {
  readonly #session: BrokerSession;
  readonly #queue: string;
  readonly #list: string;
  readonly #script: Script;
  /** On the monotonic clock. */
  #nextAt = 0;

  constructor(session: BrokerSession, queue: string, { list, script }: { list: string; script: Script }) {
    this.#session = session;
    this.#queue = queue;
    this.#list = list;
    this.#script = script;
  }

  /** Moves a part when it is time. After a full part the next call moves another one at once. */
  async moveWhenDue(): Promise<void> {
    const nowMs = systemClock.monotonic();
    if (nowMs < this.#nextAt) return;
    const prefix = queuePrefix(this.#session, this.#queue);
    const target = { name: this.#queue, keys: [`${prefix}meta`] };
    const moved = await this.#session.link.script(this.#script, target, [prefix, this.#list, STEP]);
    this.#nextAt = moved === STEP ? nowMs : nowMs + this.#session.sweepMs;
  }
}

/** The lists from which a queue takes messages: that of Celery's producers, and that of envelopes. */
export function intakesOf(session: BrokerSession, queue: string): readonly ListIntake[] {
  const lists = [
    { list: session.celeryQueues.get(queue), script: CELERY_INTAKE },
    { list: session.intakeLists.get(queue), script: ENVELOPE_INTAKE },
  ];
  return lists.flatMap(({ list, script }) =>
    list === undefined ? [] : [new ListIntake(session, queue, { list, script })],
  );
}
