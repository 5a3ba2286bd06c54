// #region worker
import { NestFactory } from "@nestjs/core";
import { RootModule } from "./root-module.ts";

const context = await NestFactory.createApplicationContext(RootModule, { logger: ["error", "warn"] });
// On SIGTERM the worker takes no more jobs, and the running ones end.
context.enableShutdownHooks();
console.log("working");
// #endregion
