// Command pulumi-resource-docker bridges the Terraform provider for Docker to Pulumi, with the resource
// tokens that the @pulumi/docker SDK uses for bridged resources. The SDK's native resources (docker.Image)
// are not served.
package main

import (
	"encoding/json"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// version is set at link time, so that it is written down in one place only.
var version string

func info() tfbridge.ProviderInfo {
	p := tfbridge.ProviderInfo{
		P:            shimv2.NewProvider(provider.New(version)()),
		Name:         "docker",
		Version:      version,
		MetadataInfo: tfbridge.NewProviderMetadata([]byte("{}")),
		Config: map[string]*tfbridge.SchemaInfo{
			"host": {Default: &tfbridge.DefaultInfo{
				Value:   "unix:///var/run/docker.sock",
				EnvVars: []string{"DOCKER_HOST"},
			}},
			"registry_auth": {Name: "registryAuth", MaxItemsOne: tfbridge.False()},
		},
	}
	p.MustComputeTokens(tokens.SingleModule("docker_", "index", tokens.MakeStandard("docker")))
	// Where the SDK 5.2.0 departs from the names that the tokens' rule gives.
	p.Resources["docker_config"].Tok = "docker:index/serviceConfig:ServiceConfig"
	p.Resources["docker_image"].Tok = "docker:index/remoteImage:RemoteImage"
	p.DataSources["docker_image"].Tok = "docker:index/getRemoteImage:getRemoteImage"
	container := p.Resources["docker_container"]
	// A container holds its name, ports and addresses, so its successor cannot stand beside it.
	container.DeleteBeforeReplace = true
	// These lists keep their singular names in the SDK.
	container.Fields = map[string]*tfbridge.SchemaInfo{
		"command":           {Name: "command"},
		"networks_advanced": {Name: "networksAdvanced"},
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
	tfbridge.Main("docker", version, p, schema(p))
}
