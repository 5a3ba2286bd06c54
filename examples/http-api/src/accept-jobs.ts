// #region handler
import { createHash, timingSafeEqual } from "node:crypto";
import { enqueueHandler } from "@jobs/producer/http";
import { app } from "./app.ts";
import { sendReceipt } from "./tasks.ts";

const digest = (text: string) => createHash("sha256").update(text).digest();

/** Compares in a time that does not depend on the key. Without a key of its own the service lets nobody in. */
function hasKey(given: string): boolean {
  const key = process.env.SHOP_KEY;
  return key !== undefined && timingSafeEqual(digest(given), digest(`Bearer ${key}`));
}

/** `POST /jobs` for programs in other languages. */
export const acceptJobs = enqueueHandler(app, {
  tasks: [sendReceipt],
  authorize({ headers }) {
    const given = headers.get("authorization");
    if (given === null) return "unauthenticated";
    return hasKey(given) ? "allowed" : "forbidden";
  },
});
// #endregion
