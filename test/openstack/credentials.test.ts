import { deepStrictEqual, ok, strictEqual, throws } from "assert";
import { mkdtempSync, rmSync, writeFileSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";
import { stringify } from "yaml";
import { CredentialsError } from "../../components/target/openstack/api/cloudEntry";
import { findCredentials } from "../../components/target/openstack/api/credentials";

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
      password: { user: { name: "me", domain: { id: "default" }, password: "secret" } },
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

  const user = { auth_url, username: "me", password: "x", project_name: "p" };
  const identity = (...given: Parameters<typeof found>) =>
    (found(...given).auth as { identity: Record<string, unknown> }).identity;

  it("are an entry's, with what it does not say from the environment, as the provider has it", () => {
    const { password: _, ...rest } = user;
    put({ lab: { auth: rest } });
    deepStrictEqual(identity("lab", { OS_PASSWORD: "y", OS_USERNAME: "other" }), {
      methods: ["password"],
      password: { user: { name: "me", domain: { id: "default" }, password: "y" } },
    });
    put({ lab: { auth: user } });
    for (const [environment, id] of [
      [{ OS_TOKEN: "t" }, "t"],
      [{ OS_AUTH_TOKEN: "a" }, "a"],
      [{ OS_TOKEN: "t", OS_AUTH_TOKEN: "a" }, "a"],
    ] as const)
      deepStrictEqual(identity("lab", environment), { methods: ["token"], token: { id } });
    const { username: __, password: ___, ...project } = user;
    put({ lab: { auth: project } });
    const openrc = { OS_AUTH_URL: auth_url, OS_PROJECT_NAME: "p", OS_AUTH_TOKEN: "a" };
    deepStrictEqual(identity(undefined, openrc), { methods: ["token"], token: { id: "a" } });
  });

  it("are refused where an application credential and another way in would lead to different projects", () => {
    put({ lab: { auth: { auth_url, application_credential_id: "i", application_credential_secret: "s" } } });
    throws(
      () => found("lab", { OS_USERNAME: "me", OS_PASSWORD: "left over" }),
      refusal(
        'the cloud "lab" of clouds.yaml has an application credential and a password, with what the environment adds, of which the provider uses the password, without a project: unset OS_PASSWORD',
      ),
    );
    put({ lab: { auth: user } });
    throws(
      () => found("lab", { OS_APPLICATION_CREDENTIAL_ID: "i", OS_APPLICATION_CREDENTIAL_SECRET: "s" }),
      refusal(/: unset OS_APPLICATION_CREDENTIAL_ID OS_APPLICATION_CREDENTIAL_SECRET$/),
    );
    put({ lab: { auth: { ...user, application_credential_id: "i" } } });
    throws(() => found("lab"), refusal(/uses the password, without a project: take one of them out$/));
  });

  it("have certificates, and whether they are looked at, of the environment before those of an entry", () => {
    const file = (name: string) => {
      writeFileSync(join(folder, name), name);
      return join(folder, name);
    };
    const own = { cacert: file("ca"), cert: file("cert"), key: file("key") };
    const shown = (environment: Record<string, string> = {}) => {
      const { trust, certificate } = found("lab", environment);
      return [
        trust === false ? false : String(trust),
        certificate ? `${String(certificate.cert)} ${String(certificate.key)}` : undefined,
      ];
    };
    put({ lab: { auth: user } });
    deepStrictEqual(shown(), ["undefined", undefined]);
    deepStrictEqual(shown({ OS_CERT: own.cert }), ["undefined", undefined]);
    deepStrictEqual(shown({ OS_CACERT: own.cacert, OS_CERT: own.cert, OS_KEY: own.key }), ["ca", "cert key"]);
    deepStrictEqual(shown({ OS_INSECURE: "true" }), [false, undefined]);
    put({ lab: { auth: user, ...own } });
    deepStrictEqual(shown(), ["ca", "cert key"]);
    deepStrictEqual(shown({ OS_CACERT: file("other"), OS_CERT: file("c"), OS_KEY: file("k") }), [
      "other",
      "c k",
    ]);
    deepStrictEqual(shown({ OS_INSECURE: "1" }), [false, "cert key"]);
    put({ lab: { auth: user, verify: false } });
    deepStrictEqual(shown(), [false, undefined]);
    deepStrictEqual(shown({ OS_INSECURE: "false" }), ["undefined", undefined]);
    const inline = "-----BEGIN CERTIFICATE-----\nabc";
    deepStrictEqual(shown({ OS_INSECURE: "0", OS_CACERT: inline }), [inline, undefined]);
    throws(() => shown({ OS_INSECURE: "yes" }), refusal('OS_INSECURE is "yes": use true or false'));
  });

  it("are of domains by name or id, else of one for both, else of the default's id", () => {
    const domains = (auth: object) => {
      put({ lab: { auth: { ...user, ...auth } } });
      const { identity: by, scope } = found("lab").auth as {
        identity: { password: { user: { domain: object } } };
        scope: { project: { domain: object } };
      };
      return [by.password.user.domain, scope.project.domain];
    };
    deepStrictEqual(domains({}), [{ id: "default" }, { id: "default" }]);
    deepStrictEqual(domains({ default_domain: "abc" }), [{ id: "abc" }, { id: "abc" }]);
    deepStrictEqual(domains({ domain_name: "D", default_domain: "abc" }), [{ name: "D" }, { name: "D" }]);
    deepStrictEqual(domains({ domain_name: "D", domain_id: "d" }), [{ id: "d" }, { id: "d" }]);
    deepStrictEqual(domains({ domain_id: "d", user_domain_name: "U", project_domain_id: "p" }), [
      { name: "U" },
      { id: "p" },
    ]);
  });

  it("have what is null or empty in the file as if it were not there", () => {
    put({
      lab: {
        auth: { ...user, project_id: null, user_id: null, token: "", user_domain_name: null },
        region_name: null,
        cacert: null,
        verify: null,
      },
      none: null,
      bare: { auth: null },
    });
    const { auth, region, trust } = found("lab");
    deepStrictEqual(auth, {
      identity: {
        methods: ["password"],
        password: { user: { name: "me", domain: { id: "default" }, password: "x" } },
      },
      scope: { project: { name: "p", domain: { id: "default" } } },
    });
    deepStrictEqual([region, trust], [undefined, undefined]);
    throws(() => found("bare"), refusal(/^the cloud "bare" of clouds\.yaml has no auth_url/));
    writeFileSync(join(folder, "clouds.yaml"), "clouds:\n");
    throws(() => found("lab"), refusal(`${join(folder, "clouds.yaml")} has no cloud "lab": it has none`));
  });

  it("are refused in words where a file can't be read, or what is to be a URL is none", () => {
    put({ lab: { auth: user, cacert: "/nowhere/ca.pem" } });
    throws(
      () => found("lab"),
      refusal(
        `the cloud "lab" of clouds.yaml, or OS_CACERT, names /nowhere/ca.pem as its cacert, which can't be read (ENOENT): name a file in PEM's format that you may read, or take it out`,
      ),
    );
    for (const url of ["cloud.example.org:5000", "//cloud", "https://"]) {
      put({ lab: { auth: { ...user, auth_url: url } } });
      throws(
        () => found("lab"),
        refusal(
          `the cloud "lab" of clouds.yaml has the auth_url "${url}": use one with its scheme, such as https://cloud.example.org:5000/v3`,
        ),
      );
    }
    throws(
      () => found("lab", { OS_CLIENT_CONFIG_FILE: folder }),
      refusal(
        `${folder} can't be read (EISDIR): it is to be a file that you may read; get it from the cloud's dashboard`,
      ),
    );
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
