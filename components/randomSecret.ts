import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

export interface RandomSecretArgs {
  /** Bytes of randomness; the value is longer, as text. */
  bytes: number;
}

/** A secret made once, at random, and kept encrypted in the stack's state: in no output, log or argument. */
export class RandomSecret extends pulumi.ComponentResource {
  /** The secret, base64url. */
  readonly value: pulumi.Output<string>;

  constructor(name: string, args: RandomSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("buswide:index:RandomSecret", name, args, opts);
    const made = new command.local.Command(
      `${name}-value`,
      {
        create: `node -e 'process.stdout.write(require("crypto").randomBytes(${args.bytes}).toString("base64url"))'`,
        // Nothing but the asked length makes a new secret.
        triggers: [args.bytes],
        logging: command.local.Logging.None,
        addPreviousOutputInEnv: false,
      },
      { parent: this, additionalSecretOutputs: ["stdout", "stderr"] },
    );
    this.value = pulumi.secret(made.stdout);
    this.registerOutputs({});
  }
}
