import { type Cancel, type Clock, createWakeSignal, systemClock, type WakeSignal } from "@jobs/core/runtime";
import type { Client } from "pg";
import { channelOf, listeningKey } from "../schema/function-text.ts";
import type { TableNames } from "../schema/table-names.ts";
import { loadDriver } from "./connection-options.ts";
import { endClient } from "./open-pool.ts";
import type { PostgresLink } from "./postgres-link.ts";

/** A receive that waits on a queue. */
export interface Listener extends WakeSignal {
  leave(): void;
}

/** A queue that receives of this process wait on. */
interface ListenedQueue {
  readonly listeners: Set<Listener>;
  /** Called with the lowest number of a message that is ready now; 0 where it is unknown. */
  readonly onReady: (seq: number) => void;
  /** Whether senders see that this process listens. */
  isLocked: boolean;
  cancelUnlock: Cancel;
}

/** How long a queue stays listened to after the last wait, in ms: the next wait is most often near. */
const STAY_MS = 2_000;

/** The pause before the next try to connect, in ms. */
const RECONNECT_MS = 1_000;

/** How often the connection is asked for an answer, in ms. A black hole gives no error. */
const PING_MS = 10_000;

/**
 * Wakes waiting receives when messages are sent. All queues of a broker share one connection. A lock of this connection
 * shows senders that somebody waits on a queue; without it they send no notification. Receives also poll, so a
 * notification that is lost costs time only.
 */
export class Notifications {
  readonly #clock: Clock;
  readonly #link: PostgresLink;
  readonly #channel: string;
  readonly #key: string;
  readonly #queues = new Map<number, ListenedQueue>();
  #client: Client | undefined;
  #isConnecting = false;
  #isListening = false;
  #isClosed = false;
  #cancelTimer: Cancel = () => {};

  constructor(link: PostgresLink, tables: TableNames, clock: Clock) {
    this.#clock = clock;
    this.#link = link;
    this.#channel = channelOf(tables);
    this.#key = listeningKey(tables);
    // What another server is told wakes nobody here.
    link.onLeave(() => this.#lost(this.#client));
  }

  /** Whether a send to this queue wakes its receives now. */
  isHeard(queue: number): boolean {
    return this.#isListening && this.#queues.get(queue)?.isLocked === true;
  }

  /** Waits on a queue. `onReady` is called before its listeners are woken. */
  listen(queue: number, onReady: (seq: number) => void): Listener {
    const listener: Listener = {
      ...createWakeSignal(this.#clock),
      leave: () => this.#leave(queue, listener),
    };
    const known = this.#queues.get(queue);
    if (known !== undefined) {
      known.cancelUnlock();
      known.listeners.add(listener);
    } else {
      const added = { listeners: new Set([listener]), onReady, isLocked: false, cancelUnlock: () => {} };
      this.#queues.set(queue, added);
    }
    if (this.#client === undefined) void this.#connect();
    else if (this.#isListening) void this.#lock(this.#client, queue);
    return listener;
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelTimer();
    for (const { cancelUnlock } of this.#queues.values()) cancelUnlock();
    this.#drop();
  }

  #leave(queue: number, listener: Listener): void {
    const listened = this.#queues.get(queue);
    listened?.listeners.delete(listener);
    if (listened === undefined || listened.listeners.size > 0) return;
    listened.cancelUnlock = systemClock.schedule(STAY_MS, () => {
      this.#queues.delete(queue);
      if (listened.isLocked)
        this.#client?.query(`SELECT pg_advisory_unlock_shared(${this.#key}, $1)`, [queue]).catch(() => {});
    });
  }

  async #connect(): Promise<void> {
    // A wait may have connected during the pause after a loss.
    if (this.#client !== undefined || this.#isConnecting || this.#isClosed) return;
    this.#isConnecting = true;
    try {
      const { server, keepsSession } = await this.#link.opened();
      if (!keepsSession || this.#isClosed) return;
      const { Client } = await loadDriver();
      const client = new Client(server);
      const lost = () => this.#lost(client);
      client.on("error", lost);
      client.on("end", lost);
      client.on("notification", ({ payload = "" }) => this.#notified(payload));
      this.#client = client;
      await client.connect();
      await client.query(`LISTEN "${this.#channel}"`);
      if (this.#isClosed) return this.#drop();
      this.#isListening = true;
      for (const queue of this.#queues.keys()) await this.#lock(client, queue);
      this.#ping(client);
    } catch {
      this.#lost(this.#client);
    } finally {
      this.#isConnecting = false;
    }
  }

  /** Wakes the listeners once more after the lock: a message may have been sent just before. */
  async #lock(client: Client, queue: number): Promise<void> {
    const listened = this.#queues.get(queue);
    if (listened === undefined || listened.isLocked || client !== this.#client) return;
    listened.isLocked = true;
    try {
      await client.query(`SELECT pg_advisory_lock_shared(${this.#key}, $1)`, [queue]);
      for (const listener of listened.listeners) listener.wake();
    } catch {
      this.#lost(client);
    }
  }

  #notified(payload: string): void {
    const [queue, seq] = payload.split(" ").map(Number);
    const listened = this.#queues.get(queue ?? 0);
    if (listened === undefined) return;
    listened.onReady(seq ?? 0);
    for (const listener of listened.listeners) listener.wake();
  }

  #ping(client: Client): void {
    this.#cancelTimer = systemClock.schedule(PING_MS, () => {
      client.query("SELECT").then(
        () => client === this.#client && this.#ping(client),
        () => this.#lost(client),
      );
    });
  }

  #lost(client: Client | undefined): void {
    if (client !== this.#client) return;
    this.#drop();
    if (this.#isClosed) return;
    this.#cancelTimer = systemClock.schedule(RECONNECT_MS, () => {
      if ([...this.#queues.values()].some(({ listeners }) => listeners.size > 0)) void this.#connect();
    });
  }

  #drop(): void {
    const client = this.#client;
    this.#client = undefined;
    this.#isListening = false;
    this.#cancelTimer();
    for (const listened of this.#queues.values()) listened.isLocked = false;
    if (client !== undefined) void endClient(client);
  }
}
