// Loaded before the command: kills the process at one line of its journal, as KILL_AT says: "before sent 3".
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const [when, line, number] = (process.env.KILL_AT ?? "").split(" ");
const { writeSync } = fs;
let seen = 0;
fs.writeSync = (file, text, ...more) => {
  const isIt = typeof text === "string" && text.startsWith(`{"${line}"`) && ++seen === Number(number);
  if (isIt && when === "before") process.kill(process.pid, "SIGKILL");
  const written = writeSync(file, text, ...more);
  if (isIt) {
    fs.fsyncSync(file);
    process.kill(process.pid, "SIGKILL");
  }
  return written;
};
syncBuiltinESMExports();
