// #region handlers
import type { JobContext, TaskOutput } from "@jobs/core";
import { Handles } from "@jobs/nestjs";
import { Inject, Injectable, Module } from "@nestjs/common";
import { sendEmail } from "./tasks.ts";

@Injectable()
export class Mailer {
  async send(to: string, subject: string): Promise<void> {
    console.log(`mail to ${to}: ${subject}`);
  }
}

@Injectable()
class MailHandlers {
  @Inject(Mailer) private readonly mailer!: Mailer;

  @Handles(sendEmail)
  async send({ to, subject }: TaskOutput<typeof sendEmail>, ctx: JobContext): Promise<void> {
    ctx.log.info("sending");
    await this.mailer.send(to, subject);
  }
}

@Module({ providers: [Mailer, MailHandlers] })
export class MailModule {}
// #endregion
