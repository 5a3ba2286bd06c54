// #region action
"use server";

import { app } from "../jobs/app.ts";
import { sendReceipt } from "../jobs/tasks.ts";

/** Everybody can call a server action, so it checks what it gets. Wrong parameters are refused before they are sent. */
export async function placeOrder(form: FormData): Promise<void> {
  await app.enqueue(sendReceipt, { to: String(form.get("to")) });
}
// #endregion
