/** Text as the content of an element of an SVG image. The images of the README use it. */
export function svgText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** The look of all charts. An image in a page has none of its fonts and colours, so it brings its own, light and dark. */
export const CHART_STYLE = `
    text { font: 12px system-ui, sans-serif; fill: #1f2328 }
    .title { font-size: 14px; font-weight: 600 } .head { font-weight: 600 } .quiet { fill: #59636e }
    .ahead, .ours { fill: #1a7f64 } .behind { fill: #bc4c00 } .theirs { fill: #8c959f }
    line { stroke: #d1d9e0 } .peer { stroke: #59636e; stroke-width: 1.5 }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc } .quiet { fill: #9198a1 } line { stroke: #3d444d } .peer { stroke: #9198a1 }
      .ahead, .ours { fill: #3fb68b } .behind { fill: #f0883e } .theirs { fill: #6e7781 }
    }`;

/** The height of a line below a chart. */
export const ABOUT_LINE = 18;

/** Lines below a chart, from `y` on. */
export function aboutLines(about: readonly string[], y: number): readonly string[] {
  return about.map(
    (line, index) => `  <text class="quiet" x="10" y="${y + index * ABOUT_LINE}">${svgText(line)}</text>`,
  );
}
