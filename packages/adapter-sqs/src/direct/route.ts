/** A request as the SDK has put it together and signed, as far as it tells the way. */
export interface PreparedRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  readonly username?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** The way to SQS as the SDK has found it. */
export interface Route {
  readonly isSecure: boolean;
  /** An IPv6 address without its brackets. */
  readonly hostname: string;
  readonly port: number | undefined;
  /** Before any name of a queue; `/`, or that of an endpoint that lives deeper. */
  readonly path: string;
  /** With the port, where it is not the usual one. */
  readonly host: string;
  readonly region: string;
  readonly userAgent: string;
}

/** `AWS4-HMAC-SHA256 Credential=KEY/20261122/eu-west-1/sqs/aws4_request, …`: other kinds of signatures are the SDK's. */
const SIGNED_FOR_SQS = /^AWS4-HMAC-SHA256 Credential=[^/,]+\/\d{8}\/([^/,]+)\/sqs\/aws4_request,/;

/**
 * Reads the way off a request of the SDK: region, endpoint, FIPS and all else have been decided there, from options,
 * environment and profiles. `undefined` when it is none that others could go.
 */
export function readRoute(request: PreparedRequest): Route | undefined {
  const { method, protocol, hostname, port, path, query = {}, username, headers } = request;
  const region = SIGNED_FOR_SQS.exec(headers.authorization ?? "")?.[1];
  const { host } = headers;
  const isPlain = method === "POST" && Object.keys(query).length === 0 && username === undefined;
  if (!isPlain || region === undefined || host === undefined) return undefined;
  return {
    isSecure: protocol === "https:",
    hostname: hostname.replace(/^\[|\]$/g, ""),
    port,
    path,
    host,
    region,
    userAgent: headers["user-agent"] ?? "",
  };
}
