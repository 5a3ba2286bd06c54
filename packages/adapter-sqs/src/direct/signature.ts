import { createHmac, hash } from "node:crypto";

/** The credentials of a request. */
export interface SigningIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Only for temporary credentials, such as those of a role. */
  readonly sessionToken?: string | undefined;
}

/** Values that many requests share: their target and their signed headers. */
export interface SigningScope {
  readonly region: string;
  readonly service: string;
  readonly method: string;
  /** As on the request line, without a query. */
  readonly path: string;
}

/** Values of one request. */
export interface UnsignedRequest {
  /**
   * All are signed. Names are in lower case and include `host`. Values have no spaces at the ends, and no repeated
   * ones.
   */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

/** The last part of every scope, the same for all of AWS. */
const TERMINATOR = "aws4_request";

/** Values that depend on the second and the secret. */
interface Moment {
  readonly second: number;
  readonly secret: string;
  /** `20261122T064255Z` */
  readonly date: string;
  /** `20261122/eu-west-1/sqs/aws4_request` */
  readonly scope: string;
  readonly key: Buffer;
}

/** Signs with AWS's Signature Version 4. */
export class Signer {
  readonly #scope: SigningScope;
  readonly #firstLines: string;
  #moment: Moment | undefined;

  constructor(scope: SigningScope) {
    this.#scope = scope;
    this.#firstLines = `${scope.method}\n${canonicalPath(scope.path)}\n\n`;
  }

  /** The headers of a request with its date and signature. `nowMs` since 1970, by AWS's clock to within five minutes. */
  sign({ headers, body }: UnsignedRequest, identity: SigningIdentity, nowMs: number): Record<string, string> {
    const { date, scope, key } = this.#momentOf(nowMs, identity.secretAccessKey);
    const signed: Record<string, string> = { ...headers, "x-amz-date": date };
    if (identity.sessionToken !== undefined) signed["x-amz-security-token"] = identity.sessionToken;
    const names = Object.keys(signed).sort();
    const signedNames = names.join(";");
    let canonical = this.#firstLines;
    for (const name of names) canonical += `${name}:${signed[name]}\n`;
    canonical += `\n${signedNames}\n${hash("sha256", body)}`;
    const text = `${ALGORITHM}\n${date}\n${scope}\n${hash("sha256", canonical)}`;
    const signature = hmac(key, text).toString("hex");
    const credential = `Credential=${identity.accessKeyId}/${scope}`;
    signed.authorization = `${ALGORITHM} ${credential}, SignedHeaders=${signedNames}, Signature=${signature}`;
    return signed;
  }

  #momentOf(nowMs: number, secret: string): Moment {
    const second = Math.floor(nowMs / 1000);
    if (this.#moment?.second !== second || this.#moment.secret !== secret)
      this.#moment = this.#newMoment(second, secret);
    return this.#moment;
  }

  #newMoment(second: number, secret: string): Moment {
    const date = new Date(second * 1000).toISOString().replace(/[-:]|\.\d+/g, "");
    const parts = [date.slice(0, 8), this.#scope.region, this.#scope.service, TERMINATOR];
    return {
      second,
      secret,
      date,
      scope: parts.join("/"),
      key: parts.reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`)),
    };
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** The path in AWS's canonical form: without `.` and `..`, each part escaped once more (for all but S3). */
function canonicalPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(escaped(part));
  }
  const end = parts.length > 0 && path.endsWith("/") ? "/" : "";
  return `/${parts.join("/")}${end}`;
}

function escaped(part: string): string {
  const percent = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(part).replace(/[!'()*]/g, percent);
}
