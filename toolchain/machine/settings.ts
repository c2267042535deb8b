import { readFileSync } from "fs";
import { keyFiles } from "./apt-keys";
import { aptReach, aptSources, renderSources } from "./apt-sources";
import { isReadable } from "./files";
import { pipSettings, renderPipConf } from "./pip";

/** Where the machine's CA bundle lies in an image. Debian's ca-certificates package does not write here. */
export const imageCertificates = "/etc/buswide/ca-certificates.crt";

const certificateVariables = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT"];
const certificateFiles = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/cert.pem",
];

/**
 * The bundle of certificates that this machine trusts, as a path; undefined when it has none. A variable may also name
 * a folder of certificates, which some programs take and no image can be given as one file.
 */
export function certificateBundle(environment: NodeJS.ProcessEnv): string | undefined {
  const named = certificateVariables.map((name) => environment[name]);
  return [...named, ...certificateFiles].find(
    (file) => file !== undefined && file !== "" && isReadable(file),
  );
}

/**
 * The files that make an image reach mirrors, indexes and hosts the way this machine does, by their path in the
 * image. They stay in images of this machine; nothing of them is committed or published.
 */
export function machineFiles(environment: NodeJS.ProcessEnv): { [path: string]: string | Buffer } {
  const bundle = certificateBundle(environment);
  const certificates = bundle === undefined ? undefined : readFileSync(bundle, "utf8");
  const reach = [...aptReach(), ...(certificates ? [`Acquire::https::CaInfo "${imageCertificates}";`] : [])];
  const sources = aptSources();
  return {
    "/etc/apt/sources.list": "# See sources.list.d/debian.sources.\n",
    "/etc/apt/sources.list.d/debian.sources": renderSources(sources),
    ...keyFiles(sources.flatMap(({ signers }) => signers)),
    "/etc/apt/apt.conf.d/90buswide": [...reach, ""].join("\n"),
    "/etc/pip.conf": renderPipConf(pipSettings(environment), certificates ? imageCertificates : undefined),
    ...(certificates
      ? {
          [imageCertificates]: certificates,
          // For tools that look at the usual place, in images without the ca-certificates package.
          "/etc/ssl/certs/ca-certificates.crt": certificates,
        }
      : {}),
  };
}

const proxyVariables = ["http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"];

/**
 * The machine's proxies as build arguments. Docker knows these names: a Dockerfile need not declare them, and they
 * leave no trace in the image.
 */
export function proxyArguments(environment: NodeJS.ProcessEnv): { [name: string]: string } {
  const found: { [name: string]: string } = {};
  for (const name of proxyVariables) {
    const value = environment[name] || environment[name.toUpperCase()];
    if (value) {
      found[name] = value;
      found[name.toUpperCase()] = value;
    }
  }
  return found;
}
