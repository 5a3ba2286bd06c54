/** Keys of AWS, which a runtime keeps among its secrets. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Only for temporary credentials, such as those of a role. */
  readonly sessionToken?: string;
}

/** A request before its signature: always a POST. */
export interface UnsignedRequest {
  readonly url: URL;
  /** Names in lower case, without `host`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

/** The headers of a request to SQS with date and signature, by AWS's Signature Version 4 and WebCrypto. */
export async function signedHeaders(
  { url, headers, body }: UnsignedRequest,
  region: string,
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
): Promise<Record<string, string>> {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const parts = [date.slice(0, 8), region, "sqs", "aws4_request"];
  const scope = parts.join("/");
  const sent: Record<string, string> = { ...headers, "x-amz-date": date };
  if (sessionToken !== undefined) sent["x-amz-security-token"] = sessionToken;
  // The runtime writes `host` itself.
  const signed: Record<string, string> = { ...sent, host: url.host };
  const names = Object.keys(signed).sort();
  const lines = names.map((name) => `${name}:${signed[name]}\n`).join("");
  const canonical = `POST\n${url.pathname}\n\n${lines}\n${names.join(";")}\n${await digest(body)}`;
  let key = utf8(`AWS4${secretAccessKey}`);
  for (const part of parts) key = await hmac(key, part);
  const signature = hex(await hmac(key, `${ALGORITHM}\n${date}\n${scope}\n${await digest(canonical)}`));
  const credential = `Credential=${accessKeyId}/${scope}`;
  sent.authorization = `${ALGORITHM} ${credential}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return sent;
}

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const hashed = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, hashed, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, utf8(text)));
}

async function digest(text: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text))));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new TextEncoder().encode(text));
}
