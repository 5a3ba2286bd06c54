// #region test
import { fake } from "@jobs/testing/vitest";
import { Test } from "@nestjs/testing";
import { expect, it, vi } from "vitest";
import { app } from "../src/app.ts";
import { Mailer } from "../src/mail-module.ts";
import { OrdersController } from "../src/orders-controller.ts";
import { RootModule } from "../src/root-module.ts";
import { sendEmail } from "../src/tasks.ts";

const jobs = fake(app); // before the first enqueue: no Redis, and no worker beside the test

it("an order sends a mail", async () => {
  const send = vi.fn();
  const testing = Test.createTestingModule({ imports: [RootModule] });
  const nest = await testing.overrideProvider(Mailer).useValue({ send }).compile();
  await nest.init();

  await nest.get(OrdersController).create({ order: 7, to: "ada@example.org" });
  expect(app).toHaveEnqueued(sendEmail, { to: "ada@example.org" }, { queue: "mail" });

  await jobs.runAll(); // with the handlers of the providers
  expect(send).toHaveBeenCalledWith("ada@example.org", "Order 7");
  await nest.close();
});
// #endregion

it("each test may have an application of its own", async () => {
  const nest = await Test.createTestingModule({ imports: [RootModule] }).compile();
  await nest.init();
  const printed = vi.spyOn(console, "log").mockImplementation(() => {});
  await nest.get(OrdersController).create({ order: 8, to: "bob@example.org" });
  expect(await jobs.runAll()).toMatchObject([{ task: "send_email", status: "succeeded" }]);
  expect(printed).toHaveBeenCalledWith("mail to bob@example.org: Order 8");
  await nest.close();
});
