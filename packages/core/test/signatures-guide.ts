// #region forms
import { defineTask } from "@jobs/core";
import { z } from "zod";

// Built-in words: string number integer boolean object array any. A question mark makes a parameter optional.
export const resize = defineTask("resize", { file: "string", width: "integer?" });

// Names only: any JSON value is accepted.
export const legacyImport = defineTask("legacy_import", ["file", "dry_run?"]);

// A schema, with options.
export const sendEmail = defineTask(
  "send_email",
  z.object({ to: z.email(), subject: z.string(), retries: z.int().default(0) }),
  { queue: "mail", maxAttempts: 5 },
);

// Plain JSON Schema, for contracts that other languages share.
export const rotate = defineTask("rotate", {
  type: "object",
  properties: { file: { type: "string" }, degrees: { enum: [90, 180, 270] } },
  required: ["file", "degrees"],
});
// #endregion

// #region transform
export const remind = defineTask(
  "remind",
  z.object({ at: z.iso.datetime().transform((text) => new Date(text)) }),
);
// #endregion
