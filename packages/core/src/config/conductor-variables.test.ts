import { expect, test } from "vitest";
import { environmentLayer } from "./environment-layer.ts";

test.each([
  ["conductor_worker_polling_interval", "set JOBS_TASK_DEFAULT_POLL_INTERVAL instead"],
  ["conductor_worker_domain", "set JOBS_TASK_DEFAULT_DOMAIN instead"],
  ["conductor_worker_send_email_domain", "set JOBS_TASK_SEND_EMAIL_DOMAIN instead"],
  ["CONDUCTOR_WORKER_send_email_POLLING_INTERVAL", "set JOBS_TASK_SEND_EMAIL_POLL_INTERVAL instead"],
  ["conductor_worker_paused", "set JOBS_TASK_DEFAULT_PAUSE instead"],
  ["conductor_worker_metrics_dir", "no setting here replaces it"],
])("of %s is said what replaces it: %s [C11 C14]", (variable, said) => {
  const layer = environmentLayer({ [variable]: "5" });
  expect(layer.warnings).toEqual([expect.stringContaining(`${variable} is not read`)]);
  expect(layer.warnings?.[0]).toContain(said);
});

test("a variable that is empty, or of something else, is no matter [C11]", () => {
  const env = { conductor_worker_domain: "", CONDUCTOR_SERVER_URL: "http://x", PATH: "/bin" };
  expect(environmentLayer(env).warnings).toEqual([]);
});
