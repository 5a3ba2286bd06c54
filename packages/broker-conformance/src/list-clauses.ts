import type { Clause } from "./clause.ts";
import { answerClauses } from "./clauses/answer-clauses.ts";
import { capabilityClauses } from "./clauses/capability-clauses.ts";
import { closingClauses } from "./clauses/closing-clauses.ts";
import { deadLetterClauses } from "./clauses/dead-letter-clauses.ts";
import { dedupeClauses } from "./clauses/dedupe-clauses.ts";
import { delayClauses } from "./clauses/delay-clauses.ts";
import { extensionClauses } from "./clauses/extension-clauses.ts";
import { groupClauses } from "./clauses/group-clauses.ts";
import { isolationClauses } from "./clauses/isolation-clauses.ts";
import { leaseClauses } from "./clauses/lease-clauses.ts";
import { orderClauses } from "./clauses/order-clauses.ts";
import { pauseClauses } from "./clauses/pause-clauses.ts";
import { peekClauses } from "./clauses/peek-clauses.ts";
import { receiveClauses } from "./clauses/receive-clauses.ts";
import { redriveClauses } from "./clauses/redrive-clauses.ts";
import { removeClauses } from "./clauses/remove-clauses.ts";
import { restoreClauses } from "./clauses/restore-clauses.ts";
import { sendClauses } from "./clauses/send-clauses.ts";
import { settleClauses } from "./clauses/settle-clauses.ts";
import { statsClauses } from "./clauses/stats-clauses.ts";
import { transactionClauses } from "./clauses/transaction-clauses.ts";

/** A group of clauses about one side of a broker. */
export interface Chapter {
  /** The letter that the ids of its clauses begin with. */
  readonly letter: string;
  readonly title: string;
  readonly clauses: readonly Clause[];
}

const CHAPTERS: readonly Chapter[] = [
  { letter: "G", title: "Capabilities", clauses: capabilityClauses },
  { letter: "S", title: "Send", clauses: sendClauses },
  { letter: "R", title: "Receive", clauses: receiveClauses },
  { letter: "L", title: "Leases", clauses: [...leaseClauses, ...extensionClauses] },
  { letter: "T", title: "Settle", clauses: settleClauses },
  { letter: "D", title: "Delays", clauses: delayClauses },
  { letter: "P", title: "Order, priorities and groups", clauses: [...orderClauses, ...groupClauses] },
  { letter: "U", title: "Dedupe", clauses: dedupeClauses },
  { letter: "X", title: "Dead letters and redrive", clauses: [...deadLetterClauses, ...redriveClauses] },
  {
    letter: "A",
    title: "Peek, remove, pause, purge",
    clauses: [...peekClauses, ...removeClauses, ...pauseClauses],
  },
  { letter: "M", title: "Moves from another broker", clauses: restoreClauses },
  { letter: "C", title: "Counts", clauses: statsClauses },
  { letter: "B", title: "Transactions of the sender", clauses: transactionClauses },
  { letter: "Q", title: "Separate queues", clauses: isolationClauses },
  { letter: "W", title: "Answers are whole", clauses: answerClauses },
  { letter: "Z", title: "Closing", clauses: closingClauses },
];

/** All chapters with their clauses, in the best order to read them. For documentation and for runners. */
export function listChapters(): readonly Chapter[] {
  return CHAPTERS;
}

/** All clauses, in the order of {@link listChapters}. */
export function listClauses(): readonly Clause[] {
  return CHAPTERS.flatMap(({ clauses }) => clauses);
}
