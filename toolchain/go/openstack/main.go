// Command pulumi-resource-openstack bridges the Terraform provider for OpenStack to Pulumi, with the tokens of
// the @pulumi/openstack SDK.
package main

import (
	"encoding/json"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/terraform-provider-openstack/terraform-provider-openstack/openstack"
)

// version is set at link time, so that it is written down in one place only.
var version string

func info() tfbridge.ProviderInfo {
	p := tfbridge.ProviderInfo{
		P:            shimv2.NewProvider(openstack.Provider()),
		Name:         "openstack",
		Version:      version,
		MetadataInfo: tfbridge.NewProviderMetadata([]byte("{}")),
		Resources:    map[string]*tfbridge.ResourceInfo{},
		DataSources:  map[string]*tfbridge.DataSourceInfo{},
	}
	for name := range p.P.ResourcesMap().Range {
		p.Resources[name] = &tfbridge.ResourceInfo{Tok: tokens.Type(resourceToken(name))}
	}
	for name := range p.P.DataSourcesMap().Range {
		p.DataSources[name] = &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember(dataSourceToken(name))}
	}
	// Of the two, the SDK has the plural for the one that is not deprecated.
	p.Resources["openstack_networking_subnet_v2"].Fields = map[string]*tfbridge.SchemaInfo{
		"allocation_pool":  {Name: "allocationPools"},
		"allocation_pools": {Name: "allocationPoolsCollection"},
	}
	p.SetAutonaming(255, "-")
	return p
}

// schema names the package's tokens. The engine needs no more of it, as programs use the SDK.
func schema(p tfbridge.ProviderInfo) []byte {
	resources, functions := map[string]struct{}{}, map[string]struct{}{}
	for _, r := range p.Resources {
		resources[string(r.Tok)] = struct{}{}
	}
	for _, d := range p.DataSources {
		functions[string(d.Tok)] = struct{}{}
	}
	text, err := json.Marshal(map[string]any{
		"name": p.Name, "version": p.Version, "resources": resources, "functions": functions,
	})
	if err != nil {
		panic(err)
	}
	return text
}

func main() {
	p := info()
	tfbridge.Main("openstack", version, p, schema(p))
}
