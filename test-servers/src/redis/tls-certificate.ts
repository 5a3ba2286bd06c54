import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A self-signed certificate for 127.0.0.1. */
export interface TlsCertificate {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** The certificate itself, which is its own authority. */
  readonly ca: string;
}

/** Makes a certificate in `folder`. Each test has its own, so that the repository contains no key. */
export function makeCertificate(folder: string): TlsCertificate {
  const certificateFile = join(folder, "certificate.pem");
  const keyFile = join(folder, "key.pem");
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", keyFile];
  const owner = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
  execFileSync("openssl", ["req", "-x509", ...key, ...owner, "-out", certificateFile], { stdio: "pipe" });
  return { certificateFile, keyFile, ca: readFileSync(certificateFile, "utf8") };
}
