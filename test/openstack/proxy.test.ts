import { strictEqual } from "assert";
import { proxyAgent, proxyOf } from "../../components/target/openstack/api/proxy";

const proxy = "http://proxy.example.org:3128";

describe("the proxy by which a cloud is asked", () => {
  const by = (url: string, environment: Record<string, string>) => proxyOf(url, environment)?.href;

  it("is that of the URL's scheme, by either case of its variable, with a scheme or without", () => {
    strictEqual(by("https://cloud.example.org", { HTTPS_PROXY: proxy }), `${proxy}/`);
    strictEqual(by("https://cloud.example.org", { https_proxy: "proxy.example.org:3128" }), `${proxy}/`);
    strictEqual(by("https://cloud.example.org", { HTTP_PROXY: proxy }), undefined);
    strictEqual(by("http://cloud.example.org", { HTTP_PROXY: proxy, HTTPS_PROXY: "http://b" }), `${proxy}/`);
    strictEqual(by("http://cloud.example.org", {}), undefined);
  });

  it("is none for this machine", () => {
    for (const host of ["localhost", "127.0.0.1:5000", "127.9.9.9", "[::1]:5000"])
      strictEqual(by(`http://${host}/`, { HTTP_PROXY: proxy }), undefined, host);
  });

  it("is none for what NO_PROXY has", () => {
    const cases: readonly (readonly [string, string, boolean])[] = [
      ["cloud.example.org", "*", true],
      ["cloud.example.org", "other.org, example.org", true],
      ["example.org", "example.org", true],
      ["badexample.org", "example.org", false],
      ["cloud.example.org", ".example.org", true],
      ["cloud.example.org", "*.example.org", true],
      ["example.org", ".example.org", false],
      ["cloud.example.org", "EXAMPLE.ORG", true],
      ["cloud.example.org:5000", "cloud.example.org:5000", true],
      ["cloud.example.org:5000", "cloud.example.org:443", false],
      ["cloud.example.org", "cloud.example.org:443", true],
      ["10.1.2.3", "10.0.0.0/8", true],
      ["11.1.2.3", "10.0.0.0/8", false],
      ["10.1.2.3", "10.1.2.3", true],
      ["[2001:db8::5]", "2001:db8::/32", true],
      ["10.1.2.3", "10.0.0.0/64,,", false],
    ];
    for (const [host, except, isNone] of cases) {
      const found = by(`https://${host}/`, { HTTPS_PROXY: proxy, NO_PROXY: except });
      strictEqual(found, isNone ? undefined : `${proxy}/`, `${host} by ${except}`);
      strictEqual(by(`https://${host}/`, { HTTPS_PROXY: proxy, no_proxy: except }), found);
    }
  });

  it("is connected by where it is one of HTTP", () => {
    const kind = (url: string) => proxyAgent(new URL(url), "https://cloud.example.org")?.constructor.name;
    strictEqual(kind("http://p"), "HttpsProxyAgent");
    strictEqual(kind("https://p"), "HttpsProxyAgent");
    strictEqual(kind("socks5://p"), undefined);
    strictEqual(proxyAgent(new URL("http://p"), "http://c")?.constructor.name, "HttpProxyAgent");
  });
});
