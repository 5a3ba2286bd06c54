/** A JSON value as it arrives: nothing else can be in an envelope. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Named parameters of a job as they travel. */
export type JsonObject = { readonly [key: string]: JsonValue };
