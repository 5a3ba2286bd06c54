import { setMaxListeners } from "node:events";

/**
 * An abort controller for many listeners, one for each waiting job or worker. Otherwise Node would warn of a leak from
 * the eleventh listener on.
 */
export function createSharedAbort(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
