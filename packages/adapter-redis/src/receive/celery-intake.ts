import { systemClock } from "@jobs/core/runtime";
import { type BrokerSession, queuePrefix } from "../broker-session.ts";
import { CELERY_INTAKE } from "../scripts/celery-intake.lua.ts";

/** The most messages that one script moves, so that other commands do not wait long. */
const STEP = 200;

/**
 * Moves what Celery's producers sent into the queue, as often as expired leases are searched. Each message moves in one
 * step, so none is lost or stored twice.
 */
export class CeleryIntake {
  readonly #session: BrokerSession;
  readonly #queue: string;
  readonly #source: string;
  /** On the monotonic clock. */
  #nextAt = 0;

  constructor(session: BrokerSession, queue: string, source: string) {
    this.#session = session;
    this.#queue = queue;
    this.#source = source;
  }

  /** Moves a part when it is time. After a full part the next call moves another one at once. */
  async moveWhenDue(): Promise<void> {
    const nowMs = systemClock.monotonic();
    if (nowMs < this.#nextAt) return;
    const prefix = queuePrefix(this.#session, this.#queue);
    const target = { name: this.#queue, keys: [`${prefix}meta`] };
    const moved = await this.#session.link.script(CELERY_INTAKE, target, [prefix, this.#source, STEP]);
    this.#nextAt = moved === STEP ? nowMs : nowMs + this.#session.sweepMs;
  }
}
