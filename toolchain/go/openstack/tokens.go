package main

import "strings"

// modules are the SDK's modules by the part of a Terraform name that stands for them.
var modules = map[string]string{
	"blockstorage":     "blockstorage",
	"compute":          "compute",
	"containerinfra":   "containerinfra",
	"db":               "database",
	"dns":              "dns",
	"fw":               "firewall",
	"identity":         "identity",
	"images":           "images",
	"keymanager":       "keymanager",
	"lb":               "loadbalancer",
	"networking":       "networking",
	"objectstorage":    "objectstorage",
	"orchestration":    "orchestration",
	"sharedfilesystem": "sharedfilesystem",
	"vpnaas":           "vpnaas",
}

// compounds are words that Terraform writes in one and the SDK in several.
var compounds = map[string]string{
	"addressscope":    "AddressScope",
	"clustertemplate": "ClusterTemplate",
	"floatingip":      "FloatingIp",
	"ipsec":           "IpSec",
	"l7policy":        "L7Policy",
	"l7rule":          "L7Rule",
	"loadbalancer":    "LoadBalancer",
	"nodegroup":       "NodeGroup",
	"portforwarding":  "PortForwarding",
	"quotaset":        "QuotaSet",
	"recordset":       "RecordSet",
	"secgroup":        "SecGroup",
	"securityservice": "SecurityService",
	"servergroup":     "ServerGroup",
	"sharenetwork":    "ShareNetwork",
	"subnetpool":      "SubnetPool",
	"tempurl":         "TempUrl",
}

// names are resources whose name in the SDK follows no rule: spelling mistakes that became names, and those that
// kept the version of their interface.
var names = map[string]string{
	"blockstorage_qos_association_v3":    "QosAssociationV3",
	"blockstorage_qos_v3":                "QosV3",
	"blockstorage_quotaset_v2":           "QuoteSetV2",
	"blockstorage_quotaset_v3":           "QuoteSetV3",
	"blockstorage_volume_attach_v2":      "VolumeAttachV2",
	"blockstorage_volume_type_access_v3": "VolumeTypeAccessV3",
	"blockstorage_volume_type_v3":        "VolumeTypeV3",
	"blockstorage_volume_v1":             "VolumeV1",
	"blockstorage_volume_v2":             "VolumeV2",
	"compute_aggregate_v2":               "AggregateV2",
	"compute_quotaset_v2":                "QuotaSetV2",
	"fw_group_v2":                        "GroupV2",
	"fw_policy_v2":                       "PolicyV2",
	"fw_rule_v2":                         "RuleV2",
	"identity_ec2_credential_v3":         "Ec2CredentialV3",
	"identity_endpoint_v3":               "EndpointV3",
	"identity_group_v3":                  "GroupV3",
	"identity_service_v3":                "ServiceV3",
	"identity_user_membership_v3":        "UserMembershipV3",
	"keymanager_container_v1":            "ContainerV1",
	"keymanager_order_v1":                "OrderV1",
	"keymanager_secret_v1":               "SecretV1",
	"lb_l7policy_v2":                     "L7PolicyV2",
	"lb_l7rule_v2":                       "L7RuleV2",
	"lb_member_v1":                       "MemberV1",
	"lb_monitor_v1":                      "MonitorV1",
	"lb_pool_v1":                         "PoolV1",
	"networking_portforwarding_v2":       "PortForwardingV2",
	"networking_quota_v2":                "QuotaV2",
	"networking_rbac_policy_v2":          "RbacPolicyV2",
	"objectstorage_object_v1":            "ContainerObject",
	"orchestration_stack_v1":             "StackV1",
}

// functions are data sources whose name in the SDK follows no rule, with their module where that does not either.
var functions = map[string]string{
	"blockstorage_availability_zones_v3":     "blockstorage/getAvailabilityZonesV3",
	"blockstorage_quotaset_v3":               "blockstorage/getQuotasetV3",
	"blockstorage_snapshot_v2":               "blockstorage/getSnapshotV2",
	"blockstorage_snapshot_v3":               "blockstorage/getSnapshotV3",
	"blockstorage_volume_v2":                 "blockstorage/getVolumeV2",
	"blockstorage_volume_v3":                 "blockstorage/getVolumeV3",
	"compute_aggregate_v2":                   "compute/getAggregateV2",
	"compute_hypervisor_v2":                  "compute/getHypervisorV2",
	"compute_instance_v2":                    "compute/getInstanceV2",
	"compute_limits_v2":                      "compute/getLimitsV2",
	"compute_quotaset_v2":                    "compute/getQuotaSetV2",
	"dns_zone_v2":                            "dns/getDnsZone",
	"fw_group_v2":                            "index/getFwGroupV2",
	"fw_policy_v2":                           "index/getFwPolicyV2",
	"fw_rule_v2":                             "index/getFwRuleV2",
	"networking_quota_v2":                    "networking/getQuotaV2",
	"networking_subnet_ids_v2":               "networking/getSubnetIdsV2",
	"sharedfilesystem_availability_zones_v2": "sharedfilesystem/getAvailbilityZones",
}

// split takes a Terraform name, such as openstack_networking_floatingip_v2, apart, and drops the version.
func split(name string) (module, rest string) {
	prefix, rest, _ := strings.Cut(strings.TrimPrefix(name, "openstack_"), "_")
	if at := strings.LastIndex(rest, "_v"); at >= 0 {
		rest = rest[:at]
	}
	return modules[prefix], rest
}

// pascal writes a Terraform name as the SDK does: FloatingIpAssociate.
func pascal(name string) string {
	var out strings.Builder
	for _, word := range strings.Split(name, "_") {
		if compound, ok := compounds[word]; ok {
			out.WriteString(compound)
		} else {
			out.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return out.String()
}

func token(module, name string) string {
	return "openstack:" + module + "/" + strings.ToLower(name[:1]) + name[1:] + ":" + name
}

func resourceToken(name string) string {
	module, rest := split(name)
	if own, ok := names[strings.TrimPrefix(name, "openstack_")]; ok {
		return token(module, own)
	}
	return token(module, pascal(rest))
}

func dataSourceToken(name string) string {
	module, rest := split(name)
	path := module + "/get" + pascal(rest)
	if own, ok := functions[strings.TrimPrefix(name, "openstack_")]; ok {
		path = own
	}
	return "openstack:" + path + ":" + path[strings.Index(path, "/")+1:]
}
