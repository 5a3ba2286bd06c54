const { sqlite } = require("@jobs/adapter-sqlite");
const { createApp, defineTask, handle } = require("@jobs/core");

const welcome = defineTask("welcome", { email: "string" });

module.exports = createApp({
  broker: sqlite({ file: ".jobs/jobs.db" }),
  tasks: [welcome],
  handlers: [handle(welcome, ({ email }) => `Dear ${email}, welcome!`)],
});
module.exports.welcome = welcome;
