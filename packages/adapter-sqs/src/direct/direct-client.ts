import { systemClock } from "@jobs/core/runtime";
import { type HttpAnswer, type HttpRequestStyle, sendHttpRequest } from "./http-request.ts";
import type { Route } from "./route.ts";
import { Signer, type SigningIdentity } from "./signature.ts";

/** What may change from one request to the next. */
export interface Credentials {
  readonly identity: SigningIdentity;
  /** How much later it is by AWS's clock, in ms. */
  readonly clockOffsetMs: number;
}

/** Requests to SQS along a route, in AWS's JSON protocol 1.0. */
export class DirectClient {
  readonly #route: Route;
  readonly #style: HttpRequestStyle;
  readonly #signer: Signer;

  constructor(route: Route, style: HttpRequestStyle) {
    this.#route = route;
    this.#style = style;
    const { region, path } = route;
    this.#signer = new Signer({ region, service: "sqs", method: "POST", path });
  }

  /** Asks for an action by SQS's name of it. @throws what {@link sendHttpRequest} throws */
  ask(action: string, body: string, { identity, clockOffsetMs }: Credentials): Promise<HttpAnswer> {
    const { host, userAgent } = this.#route;
    const headers = {
      "content-type": "application/x-amz-json-1.0",
      host,
      "x-amz-target": `AmazonSQS.${action}`,
      // Errors then have the names that the SDK gives them.
      "x-amzn-query-mode": "true",
    };
    const nowMs = systemClock.now() + clockOffsetMs;
    const signed = this.#signer.sign({ headers, body }, identity, nowMs);
    const length = String(Buffer.byteLength(body));
    const sent = { ...signed, "user-agent": userAgent, "content-length": length };
    return sendHttpRequest(this.#route, { headers: sent, body }, this.#style);
  }
}
