import { PolicyPack } from "@pulumi/policy";
import { cloudResourcesAreTagged } from "./cloud-resources-are-tagged";
import { cloudsStayWithinBudget } from "./clouds-stay-within-budget";
import { clustersHaveAMajority } from "./clusters-have-a-majority";
import { clustersStayClose } from "./clusters-stay-close";
import { containersHaveMemoryLimits } from "./containers-have-memory-limits";
import { everySiteIsReachable } from "./every-site-is-reachable";
import { noDefaultCredentials } from "./no-default-credentials";
import { noPortBeyondLoopback } from "./no-port-beyond-loopback";
import { onlyBastionsHaveFloatingIps } from "./only-bastions-have-floating-ips";
import { onlyGatewaysArePrivileged } from "./only-gateways-are-privileged";
import { securityGroupsAreClosed } from "./security-groups-are-closed";
import { untrustedLinksCarryNoPlainText } from "./untrusted-links-carry-no-plain-text";

new PolicyPack("buswide", {
  description: "What no buswide experiment may do, whatever its scenario says.",
  enforcementLevel: "mandatory",
  policies: [
    cloudResourcesAreTagged,
    cloudsStayWithinBudget,
    clustersHaveAMajority,
    clustersStayClose,
    containersHaveMemoryLimits,
    everySiteIsReachable,
    noDefaultCredentials,
    noPortBeyondLoopback,
    onlyBastionsHaveFloatingIps,
    onlyGatewaysArePrivileged,
    securityGroupsAreClosed,
    untrustedLinksCarryNoPlainText,
  ],
});
