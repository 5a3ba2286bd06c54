import type { MetricsFormat } from "./metric-family.ts";
import type { Pages } from "./serve-pages.ts";

/** The content type of each format. */
const CONTENT_TYPES: Readonly<Record<MetricsFormat, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** The page `/metrics` in the format that the request asks for. `text` writes the current numbers. */
export function metricsPages(text: (format: MetricsFormat) => string | Promise<string>): Pages {
  return {
    async "/metrics"({ accept }) {
      const format = acceptedFormat(accept);
      return { status: 200, type: CONTENT_TYPES[format], body: await text(format) };
    },
  };
}

/** The format that a request's `accept` asks for. Default `prometheus`. */
export function acceptedFormat(accept: string | undefined): MetricsFormat {
  const isAsked = (accept ?? "").split(",").some((part) => {
    const [type, ...options] = part.split(";").map((word) => word.trim().toLowerCase());
    const option = (name: string) =>
      options.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
    const isVersion1 = (option("version") ?? "1.0.0") === "1.0.0";
    return type === "application/openmetrics-text" && isVersion1 && Number(option("q") ?? 1) > 0;
  });
  return isAsked ? "openmetrics" : "prometheus";
}
