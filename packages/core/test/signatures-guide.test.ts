import { bindParams } from "@jobs/core/task";
import { describe, expect, it } from "vitest";
import { legacyImport, remind, resize, rotate, sendEmail } from "./signatures-guide.ts";

describe("docs/guide/signatures.md", () => {
  it("shows four forms that make the same kind of signature", () => {
    const fingerprints = [resize, legacyImport, sendEmail, rotate].map(
      ({ signature }) => signature.fingerprint,
    );
    expect(fingerprints).toEqual(["file,width?", "dry_run?,file", "retries?,subject,to", "degrees,file"]);
  });

  it("shows a value that travels as text and arrives as a date", async () => {
    const params = { at: "2026-11-21T22:40:00.000Z" };
    const { input, output } = await bindParams(remind, params, "work");
    expect(input).toEqual(params);
    expect(output).toEqual({ at: new Date(params.at) });
  });
});
