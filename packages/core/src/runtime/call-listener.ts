/**
 * Calls a listener of a program, whose answer nobody needs. `complain` gets what it throws, and what a promise that it
 * returns rejects with: an async function fits the type as well, and an unhandled rejection would end the process.
 */
export function callListener(call: () => unknown, complain: (error: unknown) => void): void {
  try {
    onRejection(call(), complain);
  } catch (error) {
    complain(error);
  }
}

/** Handles the rejection of a value that may be a promise of any kind, and that nobody waits for. */
export function onRejection(returned: unknown, listener: (error: unknown) => void = () => {}): void {
  if (isThenable(returned)) Promise.resolve(returned).catch(listener);
}

/** Whether a value is a promise of any kind. Looking can run its code, which may throw. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as PromiseLike<unknown>).then === "function"
  );
}
