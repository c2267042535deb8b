export {
  deviations,
  describeDeviation,
  describePathDeviation,
  lossSignificance,
  pathDeviations,
} from "./deviations";
export { measureLinks, type LinkProgress, type MeasureOptions } from "./measure";
export { measurePaths } from "./measurePaths";
export { asEmulated, type AskedLink, type AskedPath } from "./probePlan";
