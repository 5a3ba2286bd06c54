/** A URL behind its scheme: how long a scheme is has no bound, and looking for one takes time for each character. */
const URL_IN_TEXT = /:\/\/[^\s"'`<>]+/g;

/**
 * A broker as it may be shown: the password and user of a URL, and every value of its query, are hidden (F62). Looks for
 * the last `@`, since passwords are written with slashes and `@` in them although a URL has these escaped.
 */
export function maskUrl(url: string): string {
  return url
    .replace(/^(?<scheme>[a-z0-9+.-]*:\/\/).*@/i, "$<scheme>***@")
    .replace(/(?<=[?&][^=&]+=)[^&]*/g, "***");
}

/** Text of whatever origin with every URL in it masked: a driver's error may quote the one it was given. */
export function maskUrls(text: string): string {
  return text.replace(URL_IN_TEXT, maskUrl);
}
