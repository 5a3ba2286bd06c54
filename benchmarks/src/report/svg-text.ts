/** Text as the content of an element of an SVG image. The images of the README use it. */
export function svgText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
