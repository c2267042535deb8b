export { Gateway, type GatewayArgs } from "./gateway";
export { Link, linkResource, type LinkArgs } from "./link";
export { Routes, type RoutesArgs } from "./routes";
export { Service, type ServiceArgs } from "./service";
export { Site, mustSite, type SiteArgs } from "./site";
