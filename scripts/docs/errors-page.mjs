import { distModule } from "./dist-module.mjs";
import { generatedNote } from "./generated-note.mjs";

/** Chapters by the part of the system that throws the codes. The generator fails on a code without a chapter. */
const CHAPTERS = [
  { title: "Configuration", codes: ["invalid_config", "missing_handler", "duplicate_task"] },
  {
    title: "Contracts",
    codes: ["unknown_task", "signature_mismatch", "flow_value_mismatch", "not_json", "payload_too_large"],
  },
  {
    title: "Brokers",
    codes: [
      "broker_unavailable",
      "queue_not_found",
      "access_denied",
      "unsupported",
      "lease_lost",
      "malformed_message",
      "unreadable_record",
      "invalid_answer",
      "envelope_version",
    ],
  },
  { title: "Runs", codes: ["job_timeout", "job_aborted", "handler_threw", "not_committed"] },
  { title: "Thrown by handlers", codes: ["fatal", "retry_later"] },
];

/** docs/errors.md, made from core's table of codes. */
export async function errorsPage() {
  const { ERROR_CODES } = await distModule("core");
  return renderErrors(ERROR_CODES);
}

/**
 * @param {Readonly<Record<string, string>>} meanings
 */
export function renderErrors(meanings) {
  const listed = new Set(CHAPTERS.flatMap(({ codes }) => codes));
  const lost = Object.keys(meanings).filter((code) => !listed.has(code));
  if (lost.length > 0) throw new Error(`no chapter of docs/errors.md has ${lost.join(", ")}.`);
  const chapters = CHAPTERS.map(({ title, codes }) => {
    const rows = codes.map((code) => `| \`${code}\` | ${meanings[code] ?? missing(code)} |`);
    return [`## ${title}`, "", "| code | meaning |", "|---|---|", ...rows].join("\n");
  });
  return `${[generatedNote("packages/core/src/errors/codes.ts"), INTRODUCTION, ...chapters].join("\n\n")}\n`;
}

const INTRODUCTION = `# Errors

Every error is a \`JobsError\` with a \`code\`. Often it has a \`hint\` that says how to fix it. Its \`retryable\` tells
whether the same call may succeed later without a change. Match on codes, by \`isJobsError(error, "lease_lost")\`; texts may change at any
time. Messages name what failed, on what, and what was expected, never the value of a parameter.`;

/**
 * @param {string} code
 * @returns {never}
 */
function missing(code) {
  throw new Error(`docs/errors.md lists ${code}, which core does not know.`);
}
