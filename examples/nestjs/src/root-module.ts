// #region module
import { JobsModule } from "@jobs/nestjs";
import { Module } from "@nestjs/common";
import { app } from "./app.ts";
import { MailModule } from "./mail-module.ts";
import { OrdersController } from "./orders-controller.ts";

@Module({
  // JobsModule stands last: so its worker stops before the modules of its handlers are destroyed.
  imports: [MailModule, JobsModule.forRoot(app, { worker: process.env.ROLE !== "api" })],
  controllers: [OrdersController],
})
export class RootModule {}
// #endregion
