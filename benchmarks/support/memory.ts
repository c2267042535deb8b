import type { Containers } from "../../workloads/containers";

const everyMs = 250;

/**
 * The most memory that a container takes beyond what it took when idle, without the page cache: what its
 * agents take, however many processes they are.
 */
export class MemoryWatch {
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> = Promise.resolve();
  #most = 0;

  private constructor(
    private readonly containers: Containers,
    private readonly container: string,
    private readonly idleBytes: number,
  ) {}

  /** To be called while the container is idle. */
  static async of(containers: Containers, container: string): Promise<MemoryWatch> {
    return new MemoryWatch(containers, container, (await containers.usage(container)).memoryBytes);
  }

  begin(): void {
    this.#read();
    this.#timer = setInterval(() => this.#read(), everyMs);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#read();
  }

  /** Bytes; after `end`. Errors: the container could not be read. */
  async most(): Promise<number> {
    await this.#reading;
    return this.#most - this.idleBytes;
  }

  #read(): void {
    this.#reading = this.#reading.then(async () => {
      const { memoryBytes } = await this.containers.usage(this.container);
      this.#most = Math.max(this.#most, memoryBytes);
    });
    // Whoever asks for the result is told.
    this.#reading.catch(() => undefined);
  }
}
