export { ControlPlane, type ControlPlaneArgs } from "./controlPlane";
