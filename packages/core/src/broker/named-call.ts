import { BrokerUnavailableError } from "../errors/broker-errors.ts";
import { isJobsError, type JobsError } from "../errors/jobs-error.ts";
import { toError } from "../errors/to-error.ts";

/** Where a call goes: to a queue, or to the broker as a whole. */
export interface CallTarget {
  readonly broker: string;
  readonly queue?: string;
}

/** Runs one call to an adapter and gives whatever it throws a name, a place and a code. */
export async function named<T>(place: CallTarget, call: () => Promise<T>, isSend = false): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asJobsError(error, place, isSend);
  }
}

/** The error itself where it is one of ours already. */
export function asJobsError(error: unknown, place: CallTarget, maybeSent: boolean): JobsError {
  if (isJobsError(error)) return error;
  const cause = toError(error);
  return new BrokerUnavailableError(place, cause.message, { cause, maybeSent });
}
