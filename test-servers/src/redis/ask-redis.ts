import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** How often a server is polled for a state that it does not announce, in ms. */
const PAUSE_MS = 20;

/** The longest wait for an answer, in ms. */
const LIMIT_MS = 20_000;

/** Sends inline commands to a Redis on this machine, and resolves with the answer to the last one. */
export async function askRedis(port: number, ...lines: readonly string[]): Promise<string> {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8");
  try {
    let answer = "";
    for (const line of lines) {
      socket.write(`${line}\r\n`);
      [answer] = (await once(socket, "data")) as [string];
    }
    return answer.trim();
  } finally {
    socket.destroy();
  }
}

/** Resolves when the answer to `line` contains `word`. @throws Error with the last answer after the time limit. */
export async function untilAnswered(port: number, line: string, word: string): Promise<void> {
  const giveUpAt = performance.now() + LIMIT_MS;
  for (;;) {
    const answer = await askRedis(port, line);
    if (answer.includes(word)) return;
    if (performance.now() > giveUpAt) throw new Error(`Redis does not come to "${word}":\n${answer}`);
    await pause(PAUSE_MS);
  }
}
