declare module "parse-prometheus-text-format" {
  export interface Metric {
    /** Absent for a histogram or a summary. */
    value?: string;
    labels?: Record<string, string>;
  }
  export interface MetricFamily {
    name: string;
    type: string;
    metrics: Metric[];
  }
  export default function parsePrometheusTextFormat(text: string): MetricFamily[];
}
