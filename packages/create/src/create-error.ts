/** Why no project was written. Nothing was changed. */
export type CreateErrorCode = "bad_usage" | "unknown_broker" | "file_exists" | "unreadable_manifest";

/** The project was not written, and nothing in its folder was changed. */
export class CreateError extends Error {
  override readonly name = "CreateError";
  readonly code: CreateErrorCode;
  /** What to do about it. */
  readonly hint: string;

  constructor(code: CreateErrorCode, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
