import { TIMESTAMP_TOLERANCE_MS } from "../codec/split-envelope.ts";

/** Whether a producer's clock agrees with the server's. `at`: its time in ms, as text. */
export function isNearClock(at: string): string {
  return `math.abs(now - ${at}) < ${TIMESTAMP_TOLERANCE_MS}`;
}

/**
 * Defines `made` and `kept_options`: the timestamp and the options of a job. `at` is when its producer sent it, in ms,
 * or '' for a body that is stored whole. If the clocks agree, this time is the timestamp, as in BullMQ. Otherwise the
 * options have it. After `LEAN_LAYOUT`.
 */
export function stampJob(at: string, options: string): string {
  return `
local made, kept_options, sent_at = stamp, ${options}, tonumber(${at})
if sent_at then
  if ${isNearClock("sent_at")} then made = ${at}
  else kept_options = string.sub(kept_options, 1, -2) .. ',"at":' .. ${at} .. '}' end
end
`;
}
