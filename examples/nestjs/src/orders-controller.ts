// #region controller
import { JobsProducer } from "@jobs/nestjs";
import { Body, Controller, HttpCode, Inject, Post } from "@nestjs/common";
import { sendEmail } from "./tasks.ts";

@Controller("orders")
export class OrdersController {
  @Inject(JobsProducer) private readonly jobs!: JobsProducer;

  @Post()
  @HttpCode(202)
  async create(@Body() { order, to }: { order: number; to: string }): Promise<{ job: string }> {
    const { id } = await this.jobs.enqueue(sendEmail, { to, subject: `Order ${order}` });
    return { job: id };
  }
}
// #endregion
