import { deepStrictEqual, ok, strictEqual, throws } from "assert";
import { mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { stringify } from "yaml";
import { CredentialsError, findCredentials } from "../../components/target/openstack/api/credentials";

const auth_url = "https://cloud.example.org:5000";
const refusal = (text: string | RegExp) => (error: unknown) => {
  ok(error instanceof CredentialsError);
  if (typeof text === "string") strictEqual(error.message, text);
  else ok(text.test(error.message), error.message);
  return true;
};

describe("the credentials of a cloud", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "buswide-clouds-"))));
  after(() => rmSync(folder, { recursive: true }));

  const put = (clouds: object, secure?: object) => {
    writeFileSync(join(folder, "clouds.yaml"), stringify({ clouds }));
    if (secure) writeFileSync(join(folder, "secure.yaml"), stringify({ clouds: secure }));
    else rmSync(join(folder, "secure.yaml"), { force: true });
  };
  const found = (cloud?: string, environment: Record<string, string> = {}, region?: string) =>
    findCredentials(cloud, region, environment, folder);

  it("are a user's password and a project, of clouds.yaml", () => {
    put({
      lab: {
        auth: {
          auth_url,
          username: "me",
          password: 1234,
          project_name: "p",
          user_domain_id: "default",
          project_domain_name: "Work",
        },
        region_name: "R",
      },
    });
    deepStrictEqual(found("lab"), {
      authUrl: `${auth_url}/v3`,
      auth: {
        identity: {
          methods: ["password"],
          password: { user: { name: "me", domain: { id: "default" }, password: "1234" } },
        },
        scope: { project: { name: "p", domain: { name: "Work" } } },
      },
      region: "R",
      interface: "public",
    });
    strictEqual(found("lab", { OS_REGION_NAME: "E" }).region, "E");
    strictEqual(found("lab", { OS_REGION_NAME: "E" }, "S").region, "S");
  });

  it("are an application credential, which has its project in itself", () => {
    put({
      lab: {
        auth_type: "v3applicationcredential",
        auth: {
          auth_url: `${auth_url}/v3/`,
          application_credential_id: "i",
          application_credential_secret: "s",
        },
        interface: "internal",
        verify: false,
      },
    });
    throws(
      () => found("lab"),
      refusal(
        'the cloud "lab" of clouds.yaml asks for internal endpoints, which the provider does of $OS_ENDPOINT_TYPE only: set OS_ENDPOINT_TYPE=internal',
      ),
    );
    deepStrictEqual(found("lab", { OS_ENDPOINT_TYPE: "internalURL" }), {
      authUrl: `${auth_url}/v3`,
      auth: {
        identity: { methods: ["application_credential"], application_credential: { id: "i", secret: "s" } },
      },
      interface: "internal",
      trust: false,
    });
  });

  it("have their secrets in secure.yaml, if they are there", () => {
    put(
      { lab: { auth: { auth_url, username: "me", project_id: "p" } } },
      { lab: { auth: { password: "secret" } } },
    );
    deepStrictEqual((found("lab").auth as { identity: object }).identity, {
      methods: ["password"],
      password: { user: { name: "me", domain: { name: "Default" }, password: "secret" } },
    });
  });

  it("are of the cloud that $OS_CLOUD names, where the scenario names none, in the file that the environment names", () => {
    const file = join(folder, "elsewhere.yaml");
    writeFileSync(
      file,
      stringify({ clouds: { other: { auth: { auth_url, token: "t", project_id: "p" } } } }),
    );
    const environment = { OS_CLOUD: "other", OS_CLIENT_CONFIG_FILE: file };
    deepStrictEqual(found(undefined, environment).auth, {
      identity: { methods: ["token"], token: { id: "t" } },
      scope: { project: { id: "p" } },
    });
  });

  it("are what an openrc has set, where no cloud is named", () => {
    const authority = join(folder, "ca.pem");
    writeFileSync(authority, "certificates");
    const { trust, ...rest } = found(undefined, {
      OS_AUTH_URL: auth_url,
      OS_USERNAME: "me",
      OS_PASSWORD: "x",
      OS_PROJECT_NAME: "p",
      OS_USER_DOMAIN_NAME: "D",
      OS_PROJECT_DOMAIN_ID: "default",
      OS_REGION_NAME: "R",
      OS_INTERFACE: "admin",
      OS_ENDPOINT_TYPE: "admin",
      OS_CACERT: authority,
    });
    strictEqual(String(trust), "certificates");
    deepStrictEqual(rest, {
      authUrl: `${auth_url}/v3`,
      auth: {
        identity: {
          methods: ["password"],
          password: { user: { name: "me", domain: { name: "D" }, password: "x" } },
        },
        scope: { project: { name: "p", domain: { id: "default" } } },
      },
      region: "R",
      interface: "admin",
    });
  });

  it("are missed with what to do about it", () => {
    throws(
      () => found(),
      refusal(
        "there are no credentials: name an entry of clouds.yaml as target.cloud, or source the cloud's openrc",
      ),
    );
    put({ lab: { auth: { auth_url, username: "me", password: "x" } } });
    throws(
      () => found("lab"),
      refusal(`the cloud "lab" of clouds.yaml names no project (project_name or project_id)`),
    );
    throws(() => found("bal"), refusal(`${join(folder, "clouds.yaml")} has no cloud "bal": it has lab`));
    put({ lab: { auth: { auth_url, project_id: "p" } } });
    throws(
      () => found("lab"),
      refusal(
        `the cloud "lab" of clouds.yaml has neither a user with a password, nor an application credential with its secret`,
      ),
    );
    writeFileSync(join(folder, "clouds.yaml"), "clouds: [");
    throws(
      () => found("lab"),
      refusal(/clouds\.yaml is no clouds\.yaml: get the file from the cloud's dashboard$/),
    );
    rmSync(join(folder, "clouds.yaml"));
    throws(
      () => found("no-cloud-of-anybody"),
      refusal(/no clouds\.yaml for the cloud "no-cloud-of-anybody"|has no cloud/),
    );
  });
});
