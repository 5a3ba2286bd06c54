import { expect, it } from "vitest";
import { temporaryFile, withConnection } from "../../test/temporary-file.ts";
import { SqliteFile } from "./sqlite-file.ts";

async function openWakeUps() {
  const path = temporaryFile();
  const file = new SqliteFile(path, "normal");
  await file.read(() => undefined);
  return { path, file, wakeUps: file.wakeUps };
}

it("a call between two rests is not lost", async () => {
  const { file, wakeUps } = await openWakeUps();
  const listener = wakeUps.listen("work");
  wakeUps.notify("work");
  await listener.rest();
  listener.leave();
  file.close();
});

it("wakes those who wait on the queue that changed, and no others", async () => {
  const { file, wakeUps } = await openWakeUps();
  const [work, mail] = [wakeUps.listen("work"), wakeUps.listen("mail")];
  await Promise.race([work.rest(), mail.rest()]);
  const woken: string[] = [];
  const rests = [work.rest().then(() => woken.push("work")), mail.rest().then(() => woken.push("mail"))];
  wakeUps.notify("mail");
  await rests[1];
  expect(woken).toEqual(["mail"]);
  wakeUps.notifyAll();
  await Promise.all(rests);
  work.leave();
  mail.leave();
  file.close();
});

it("wakes everyone when another connection has written", async () => {
  const { path, file, wakeUps } = await openWakeUps();
  const listener = wakeUps.listen("work");
  // The first look at the file is a call too: what was written before it is unknown.
  await listener.rest();
  const rest = listener.rest();
  await withConnection(path, (connection) => connection.exec("INSERT INTO queues (name) VALUES ('other')"));
  await rest;
  listener.leave();
  file.close();
});
