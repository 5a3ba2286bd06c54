import { defineTask } from "@jobs/core";

export const sendEmail = defineTask("send_email", { to: "string", subject: "string" }, { queue: "mail" });
