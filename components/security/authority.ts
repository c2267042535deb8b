import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Issued } from "./issue";

export interface AuthorityArgs {
  /** What its certificate calls it. */
  subject: string;
}

/**
 * A certificate authority of one stack, made once. Its key is in the stack's state, encrypted, and nowhere else: in no
 * output, log, argument or container.
 */
export class Authority extends pulumi.ComponentResource {
  /** Its certificate, PEM: what clients check servers by. Not secret. */
  readonly certificate: pulumi.Output<string>;
  readonly #name: string;
  readonly #issued: pulumi.Output<string>;

  constructor(name: string, args: AuthorityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buswide:security:Authority", name, args, opts);
    this.#name = name;
    this.#issued = made(`${name}-made`, JSON.stringify({ authority: args.subject }), this);
    this.certificate = pulumi.unsecret(this.#issued.apply((text) => read(text).certificate));
    this.registerOutputs({});
  }

  /** A certificate for a server that is known by these names, the first being its own. */
  issue(
    server: string,
    names: readonly string[],
  ): { certificate: pulumi.Output<string>; key: pulumi.Output<string> } {
    const request = this.#issued.apply((text) => JSON.stringify({ issuer: read(text), names }));
    const issued = made(`${this.#name}-${server}-certificate`, request, this);
    return {
      certificate: issued.apply((text) => read(text).certificate),
      key: issued.apply((text) => read(text).key),
    };
  }
}

/** Nothing but another request makes another certificate; what it prints is secret. */
function made(name: string, request: pulumi.Input<string>, parent: Authority): pulumi.Output<string> {
  const issued = new command.local.Command(
    name,
    {
      create: "node -r ts-node/register/transpile-only components/security/main.ts",
      stdin: pulumi.secret(request),
      logging: command.local.Logging.None,
      addPreviousOutputInEnv: false,
    },
    { parent, additionalSecretOutputs: ["stdout", "stderr"] },
  );
  return pulumi.secret(issued.stdout);
}

function read(text: string): Issued {
  return JSON.parse(text) as Issued;
}
