import { setMaxListeners } from "node:events";

/**
 * An abort controller for many listeners at a time, as many as jobs or workers wait for it. Node would print a warning
 * about a leak from the eleventh on.
 */
export function createSharedAbort(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
