/** A tag has 60 characters at most (Neutron's and Nova's API). */
const longestTag = 60;

/** What names of tags begin with that are no scenario's to give. */
export const ownTags = "buswide-";

/** The tag by which what a stack has made is found. */
export function stackTag(stack: string): string {
  return `${ownTags}stack=${stack}`.slice(0, longestTag);
}

/** The tag that tells when something is to be gone. */
export const expiryTag = `${ownTags}expires`;
