import { PolicyPack } from "@pulumi/policy";
import { clustersHaveAMajority } from "./clusters-have-a-majority";
import { clustersStayClose } from "./clusters-stay-close";
import { containersHaveMemoryLimits } from "./containers-have-memory-limits";
import { everySiteIsReachable } from "./every-site-is-reachable";
import { noDefaultCredentials } from "./no-default-credentials";
import { noPortBeyondLoopback } from "./no-port-beyond-loopback";
import { onlyGatewaysArePrivileged } from "./only-gateways-are-privileged";
import { untrustedLinksCarryNoPlainText } from "./untrusted-links-carry-no-plain-text";

new PolicyPack("buswide", {
  description: "What no buswide experiment may do, whatever its scenario says.",
  enforcementLevel: "mandatory",
  policies: [
    clustersHaveAMajority,
    clustersStayClose,
    containersHaveMemoryLimits,
    everySiteIsReachable,
    noDefaultCredentials,
    noPortBeyondLoopback,
    onlyGatewaysArePrivileged,
    untrustedLinksCarryNoPlainText,
  ],
});
