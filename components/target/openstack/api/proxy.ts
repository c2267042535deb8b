import type { Agent } from "http";
import { HttpProxyAgent } from "http-proxy-agent";
import { HttpsProxyAgent } from "https-proxy-agent";
import { BlockList, isIP } from "net";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy by which a URL is asked, as the provider finds it (Go's `http.ProxyFromEnvironment`): `$HTTPS_PROXY` or `$HTTP_PROXY`, by the
 * URL's scheme, but for this machine itself and for what `$NO_PROXY` has; undefined: none.
 */
export function proxyOf(url: string, environment: Environment): URL | undefined {
  const { protocol, hostname, port } = new URL(url);
  const setting = (name: string) => environment[name] || environment[name.toLowerCase()] || "";
  const proxy = setting(protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY");
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const at = port || (protocol === "https:" ? "443" : "80");
  if (proxy === "" || isHere(host) || isExcepted(host, at, setting("NO_PROXY"))) return undefined;
  const written = /^\w+:\/\//.test(proxy) ? proxy : `http://${proxy}`;
  return URL.canParse(written) ? new URL(written) : undefined;
}

/** What connects by a proxy; undefined: it is of another kind than HTTP's. */
export function proxyAgent(proxy: URL, url: string): Agent | undefined {
  if (proxy.protocol !== "http:" && proxy.protocol !== "https:") return undefined;
  return url.startsWith("https:") ? new HttpsProxyAgent(proxy) : new HttpProxyAgent(proxy);
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

function isHere(host: string): boolean {
  return host === "localhost" || isIn(loopback, host);
}

function isIn(list: BlockList, host: string): boolean {
  const version = isIP(host);
  return version !== 0 && list.check(host, version === 6 ? "ipv6" : "ipv4");
}

/** Whether a list has a host: `*`, a domain with all below it, `.domain` with what is below it, an address or a prefix; a port may follow. */
function isExcepted(host: string, port: string, list: string): boolean {
  return list
    .toLowerCase()
    .split(",")
    .map((entry) => entry.trim())
    .some((entry) => {
      if (entry === "*") return true;
      const [, network = "", length] = /^(.+)\/(\d+)$/.exec(entry) ?? [];
      if (isIP(network) !== 0 && Number(length) <= (isIP(network) === 6 ? 128 : 32)) {
        const prefix = new BlockList();
        prefix.addSubnet(network, Number(length), isIP(network) === 6 ? "ipv6" : "ipv4");
        return isIn(prefix, host);
      }
      if (isIP(entry) !== 0) return entry === host;
      const [, name = "", only] = /^([^:]*)(?::(\d+))?$/.exec(entry) ?? [];
      if (name === "" || (only !== undefined && only !== port)) return false;
      const domain = name.replace(/^\*\./, ".");
      return domain.startsWith(".") ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
    });
}
