// Sends one message after the other and says each id once it is acknowledged.
import { broker, options, say } from "./options.mjs";

const queue = await broker.openQueue("work");
for (let number = 0; ; number++) {
  const id = `${options.name}-${number}`;
  const [result] = await queue.send([{ id, label: "test", body: JSON.stringify({ id }) }]);
  if (result?.status === "sent") say(id);
}
