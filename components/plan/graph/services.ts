import type { PictureSite } from "./picture";

/** What a site has besides its gateway, which every site has. */
export function besidesGateway({ services }: Pick<PictureSite, "services">): string[] {
  return services.flatMap(({ name, kind }) => (kind === "gateway" ? [] : [name]));
}
