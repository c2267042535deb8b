import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { withArguments, type ImageSource } from "../images";
import type { Image } from "../target";

/** The images of a stack on this machine's engine, each made at the first service that asks for it. */
export class Images {
  readonly #made = new Map<string, docker.RemoteImage>();

  /**
   * @param name What resources are named after.
   * @param sources Of every image, by name.
   */
  constructor(
    private readonly name: string,
    private readonly sources: Readonly<Record<string, ImageSource>>,
    private readonly parent: pulumi.Resource,
  ) {}

  get(image: Image): docker.RemoteImage {
    if (typeof image === "string") return this.#built(image, {});
    return "reference" in image ? this.#found(image.reference) : this.#built(image.sources, image.args);
  }

  /** What an image is called in the names of resources. */
  static label(image: Image): string {
    if (typeof image === "string") return image;
    return "reference" in image ? image.reference.replace(/[^\w.-]+/g, "-") : image.sources;
  }

  /** The name that an image is asked for by, with what makes it another image. */
  reference(image: Image): string {
    if (typeof image !== "string" && "reference" in image) return image.reference;
    return typeof image === "string"
      ? this.#source(image, {}).tag
      : this.#source(image.sources, image.args).tag;
  }

  /** Somebody else's image: that of this machine, else fetched, once a stack. */
  #found(reference: string): docker.RemoteImage {
    const made = this.#made.get(reference);
    if (made) return made;
    const image = new docker.RemoteImage(
      `${this.name}-${Images.label({ reference })}-image`,
      { name: reference, keepLocally: true },
      { parent: this.parent },
    );
    this.#made.set(reference, image);
    return image;
  }

  #source(name: string, args: Readonly<Record<string, string>>): ImageSource {
    const sources = this.sources[name];
    if (!sources) throw new Error(`there are no sources of an image "${name}"`);
    return Object.keys(args).length === 0 ? sources : withArguments(sources, args);
  }

  /** The image of a service, built once a stack. */
  #built(name: string, args: Readonly<Record<string, string>>): docker.RemoteImage {
    const made = this.#made.get(name);
    if (made) return made;
    const source = this.#source(name, args);
    const image = new docker.RemoteImage(
      `${this.name}-${name}-image`,
      {
        name: source.tag,
        build: {
          context: source.context,
          ...(source.dockerfile === undefined ? {} : { dockerfile: source.dockerfile }),
          buildArgs: source.buildArgs,
          networkMode: source.networkMode,
          labels: { "io.buswide.image": name },
        },
        triggers: { content: source.contentHash },
        // Other stacks may use the same image; what none uses is removed by `buswide destroy`.
        keepLocally: true,
      },
      { parent: this.parent },
    );
    this.#made.set(name, image);
    return image;
  }
}
