import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A proxy that can lose or hold bytes while its connections stay open, like a broken router. */
export class BlackHole implements AsyncDisposable {
  readonly #server = createServer((client) => this.#join(client));
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #targetPort: number;
  #swallowsNew = false;
  #isHeld = false;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
  }

  static async open(targetPort: number): Promise<BlackHole> {
    const hole = new BlackHole(targetPort);
    hole.#server.listen(0, "127.0.0.1");
    await once(hole.#server, "listening");
    return hole;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The address for a Redis behind it. */
  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** How many connections are open through it. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** Passes no bytes from now on, also none of later connections. None is lost: {@link heal} passes them on. */
  hold(): void {
    this.#isHeld = true;
    for (const [client, upstream] of this.#pairs) {
      client.unpipe().pause();
      upstream.unpipe().pause();
    }
  }

  /** Drops all bytes of the present connections from now on; with `forNew`, also those of later ones. */
  swallow(forNew = false): void {
    this.#swallowsNew = forNew;
    for (const pair of this.#pairs) silence(pair);
  }

  /** Later connections work again, and those that were held. */
  heal(): void {
    this.#swallowsNew = false;
    if (!this.#isHeld) return;
    this.#isHeld = false;
    for (const pair of this.#pairs) join(pair);
  }

  /** Ends all connections the hard way. */
  cut(): void {
    for (const [client, upstream] of this.#pairs) {
      client.resetAndDestroy();
      upstream.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of [...this.#pairs].flat()) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(client: Socket): void {
    const upstream = connect(this.#targetPort, "127.0.0.1");
    const pair = [client, upstream] as const;
    this.#pairs.add(pair);
    for (const [one, other] of [pair, [upstream, client]] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.#pairs.delete(pair);
        other.destroy();
      });
    }
    if (this.#swallowsNew) return silence(pair);
    if (!this.#isHeld) join(pair);
  }
}

function join([client, upstream]: readonly [Socket, Socket]): void {
  client.pipe(upstream);
  upstream.pipe(client);
}

function silence([client, upstream]: readonly [Socket, Socket]): void {
  client.unpipe();
  upstream.unpipe();
  client.resume();
  upstream.resume();
}
