import type { Codec } from "./codec.ts";
import { simpleWorkerCodec } from "./simple-worker/simple-worker-codec.ts";

/** Systems whose jobs a worker can read beside our own. */
export const CODEC_NAMES = ["simple-worker"] as const;

/** One of {@link CODEC_NAMES}. */
export type CodecName = (typeof CODEC_NAMES)[number];

const CODECS: Readonly<Record<CodecName, Codec>> = { "simple-worker": simpleWorkerCodec };

/** The codec of a system. */
export function codecOf(name: CodecName): Codec {
  return CODECS[name];
}
