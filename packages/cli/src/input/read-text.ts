import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { readErrorText } from "@jobs/core/runtime";

/** Bytes that were read as text, or why they cannot be. */
export type ReadText =
  | { readonly status: "ok"; readonly text: string }
  | { readonly status: "refused"; readonly reason: string };

const BOM = "\uFEFF";

/** Reads bytes as UTF-8, the one encoding of all input. Removes a byte order mark and changes nothing else. */
export function readText(bytes: Buffer): ReadText {
  if (!isUtf8(bytes)) return { status: "refused", reason: `it is not UTF-8 ${positionOfFault(bytes)}` };
  return { status: "ok", text: withoutMark(bytes.toString("utf8")) };
}

/** Reads a whole file. It never throws, since the caller decides the kind of error. */
export async function readTextFile(path: string): Promise<ReadText> {
  try {
    return readText(await readFile(path));
  } catch (error) {
    return { status: "refused", reason: accessReason(error) };
  }
}

/** Like {@link readTextFile}, but synchronous. */
export function readTextFileSync(path: string): ReadText {
  try {
    return readText(readFileSync(path));
  } catch (error) {
    return { status: "refused", reason: accessReason(error) };
  }
}

/** Reads a whole stream, such as stdin. */
export async function readTextStream(stream: AsyncIterable<Buffer>): Promise<ReadText> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) chunks.push(chunk);
  } catch (error) {
    return { status: "refused", reason: accessReason(error) };
  }
  return readText(Buffer.concat(chunks));
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * The lines of a stream. Each is decoded separately, so that an invalid one does not stop the others. Only `\n` and
 * `\r\n` end a line: JSON may hold every other separator. @throws the stream's own error
 */
export async function* readLines(stream: AsyncIterable<Buffer>): AsyncGenerator<ReadText, void> {
  let rest: Buffer[] = [];
  let isFirst = true;
  const line = (end: Buffer): ReadText => {
    const bytes = rest.length === 0 ? end : Buffer.concat([...rest, end]);
    rest = [];
    const read = lineOf(bytes, isFirst);
    isFirst = false;
    return read;
  };
  for await (const chunk of stream) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      yield line(chunk.subarray(from, at));
      from = at + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  if (rest.length > 0) yield line(Buffer.alloc(0));
}

function lineOf(bytes: Buffer, isFirst: boolean): ReadText {
  const line = bytes.at(-1) === RETURN ? bytes.subarray(0, -1) : bytes;
  if (!isUtf8(line)) return { status: "refused", reason: `it is not UTF-8 from byte ${faultAt(line)} on` };
  const text = line.toString("utf8");
  return { status: "ok", text: isFirst ? withoutMark(text) : text };
}

function withoutMark(text: string): string {
  return text.startsWith(BOM) ? text.slice(1) : text;
}

function positionOfFault(bytes: Buffer): string {
  const at = faultAt(bytes);
  let line = 1;
  for (let end = bytes.indexOf(NEWLINE); end !== -1 && end < at; end = bytes.indexOf(NEWLINE, end + 1))
    line++;
  return `in line ${line}, from byte ${at} on`;
}

/** The first invalid byte, counted from 0. There, the decoded text gives other bytes than the input. */
function faultAt(bytes: Buffer): number {
  const writtenBack = Buffer.from(bytes.toString("utf8"));
  let at = 0;
  while (at < bytes.length && bytes[at] === writtenBack[at]) at++;
  return at;
}

const ACCESS_REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "a part of its path is no folder",
  EISDIR: "it is a folder",
  EACCES: "this user may not read it",
  EPERM: "this user may not read it",
  ELOOP: "its links lead in a circle",
  ERR_FS_FILE_TOO_LARGE: "it is too large",
};

/** Why a file cannot be read, in words that follow a colon. */
export function accessReason(error: unknown): string {
  const code = readErrorText(error, "code") ?? "unreadable";
  return Object.hasOwn(ACCESS_REASONS, code) ? `${ACCESS_REASONS[code]} (${code})` : code;
}
