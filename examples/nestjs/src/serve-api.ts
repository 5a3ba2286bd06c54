import { NestFactory } from "@nestjs/core";
import { RootModule } from "./root-module.ts";

const api = await NestFactory.create(RootModule, { logger: ["error", "warn"] });
api.enableShutdownHooks();
await api.listen(Number(process.env.PORT ?? 3000));
console.log(`listening on ${new URL(await api.getUrl()).port}`);
