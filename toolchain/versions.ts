/**
 * The versions this project is made for, of everything that is not an npm package. The plugins' versions are
 * those that the SDKs in package.json ask the engine for; test/toolchain checks that they agree.
 */
export const cliVersion = "3.259.0";

export type PluginName = "command" | "docker" | "openstack";

export const pluginVersions: Readonly<Record<PluginName, string>> = {
  command: "1.2.1",
  docker: "5.2.0",
  openstack: "3.15.2",
};
