import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** A request as it arrived. */
export interface Arrived {
  readonly action: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What is answered. Default: 200, and nothing more. */
export interface Scripted {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON; a string is sent as it is. */
  readonly body?: unknown;
}

/** A server that keeps what it was asked, and answers by a script; it has every queue. */
export class ScriptedSqs implements AsyncDisposable {
  readonly url: string;
  readonly arrived: Arrived[] = [];
  /** Bodies of the answers by which a queue is found, where they are to be others than usual; `undefined`: by the script. */
  lookups: Readonly<Record<string, unknown>> = {};
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(answer: (request: Arrived) => Scripted | Promise<Scripted>): Promise<ScriptedSqs> {
    const server = createServer(async (request, response) => {
      const body = (await json(request)) as Arrived["body"];
      const target = String(request.headers["x-amz-target"]);
      const asked: Arrived = { action: target.replace("AmazonSQS.", ""), headers: request.headers, body };
      sqs.arrived.push(asked);
      const { status = 200, headers = {}, body: content = {} } = sqs.#lookup(asked) ?? (await answer(asked));
      response.writeHead(status, { "x-amzn-requestid": `request-${sqs.arrived.length}`, ...headers });
      response.end(typeof content === "string" ? content : JSON.stringify(content));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const sqs = new ScriptedSqs(server);
    return sqs;
  }

  #lookup({ action, body }: Arrived): Scripted | undefined {
    const QueueArn = "arn:aws:sqs:us-east-1:000000000000:scripted";
    const usual: Readonly<Record<string, unknown>> = {
      GetQueueUrl: { QueueUrl: `${this.url}/000000000000/${body.QueueName}` },
      GetQueueAttributes: { Attributes: { QueueArn } },
    };
    const content = action in this.lookups ? this.lookups[action] : usual[action];
    return content === undefined ? undefined : { body: content };
  }

  /** Requests of one action. */
  of(action: string): readonly Arrived[] {
    return this.arrived.filter((request) => request.action === action);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}
