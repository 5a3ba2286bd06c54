/** What SQS refuses in a body: an empty one, most control characters, halves of surrogate pairs, U+FFFE and U+FFFF. */
export const UNSTORABLE = /^$|[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
