const app = require("./app.js");

async function signUp(email) {
  const job = await app.enqueue(app.welcome, { email });
  console.log(`${job.id} is on ${job.queue}`);
  await app.close();
}

void signUp("ada@example.org");
