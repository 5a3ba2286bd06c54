import { celeryCodec } from "./celery.ts";
import type { Codec } from "./codec.ts";
import { simpleWorkerCodec } from "./simple-worker.ts";

/** Other systems whose jobs a worker can read. */
export const CODEC_NAMES = ["simple-worker", "celery"] as const;

/** One of {@link CODEC_NAMES}. */
export type CodecName = (typeof CODEC_NAMES)[number];

const CODECS: Readonly<Record<CodecName, Codec>> = {
  "simple-worker": simpleWorkerCodec,
  celery: celeryCodec,
};

/** The codec of a system. */
export function codecOf(name: CodecName): Codec {
  return CODECS[name];
}
