// Another program that keeps a transaction open for a while.
import { loadDriver } from "../../dist/driver/sqlite-driver.js";
import { options, say } from "./options.mjs";

const connection = new (loadDriver())(options.file);
connection.exec("BEGIN IMMEDIATE");
say("locked");
setTimeout(() => {
  connection.exec("COMMIT");
  connection.close();
}, options.forMs);
