export { Prometheus, type PrometheusArgs } from "./prometheus";
