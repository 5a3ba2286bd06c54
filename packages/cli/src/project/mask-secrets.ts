/** A broker as it may be shown: the password and user of a URL, and every value of its query, are hidden (F62). */
export function maskUrl(url: string): string {
  return url
    .replace(/^(?<scheme>[a-z+]+:\/\/)(?:[^@/]*)@/i, "$<scheme>***@")
    .replace(/(?<=[?&][^=&]+=)[^&]*/g, "***");
}
