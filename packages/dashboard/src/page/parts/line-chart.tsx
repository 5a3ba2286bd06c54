import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { hourText } from "./text-format.ts";

/** One line of a chart. */
export interface ChartLine {
  readonly label: string;
  /** The name of a colour of the sheet of styles. */
  readonly tone: "calm" | "info" | "good" | "bad";
  readonly values: readonly (number | null)[];
}

interface LineChartProps {
  /** What it shows, in a sentence, for those who do not see it. */
  readonly summary: string;
  /** ms since 1970. */
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
}

const HEIGHT = 180;

/** A chart of a few lines over time. It follows the width of the window and the colours of the page. */
export function LineChart({ summary, times, lines }: LineChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const data = [times.map((at) => at / 1_000), ...lines.map(({ values }) => values)] as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;
  const shape = lines.map(({ label, tone }) => `${label} ${tone}`).join();

  // The labels and tones say when the lines are others.
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const draw = () => {
      chart.current?.destroy();
      chart.current = new uPlot(chartOptions(element, lines), latest.current, element);
    };
    draw();
    const sized = new ResizeObserver(() =>
      chart.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    sized.observe(element);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    addEventListener("themechange", draw);
    return () => {
      sized.disconnect();
      scheme.removeEventListener("change", draw);
      removeEventListener("themechange", draw);
      chart.current?.destroy();
      chart.current = undefined;
    };
  }, [shape]);

  useEffect(() => chart.current?.setData(data), [data]);

  return (
    <figure class="chart">
      <div class="chart-canvas" ref={frame} role="img" aria-label={summary} />
      <figcaption>
        {lines.map(({ label, tone }) => (
          <span key={label} class={`legend ${tone}`}>
            {label}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

/** The canvas cannot read the colours of the sheet, so an element that has them is asked. */
function colourOf(parent: HTMLElement, tone: string): string {
  const probe = parent.appendChild(document.createElement("span"));
  probe.className = `tone ${tone}`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function chartOptions(element: HTMLElement, lines: readonly ChartLine[]): uPlot.Options {
  const [text, grid] = [colourOf(element, "muted"), colourOf(element, "line")];
  const axis: uPlot.Axis = {
    stroke: text,
    font: "11px system-ui, sans-serif",
    grid: { stroke: grid, width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 8, 0, 0],
    scales: { y: { range: (_, __, most) => [0, Math.max(1, most * 1.15)] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 70,
        size: 28,
        values: (_, ticks) => ticks.map((tick) => hourText(tick * 1_000)),
      },
      { ...axis, size: 44 },
    ],
    series: [
      {},
      ...lines.map(({ label, tone }): uPlot.Series => {
        const stroke = colourOf(element, tone);
        return { label, stroke, width: 2, points: { show: false }, spanGaps: false };
      }),
    ],
  };
}
