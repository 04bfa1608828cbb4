import type { Environment } from "../environments";

/** What an AWS provider needs to leave alone the tags that others put on resources. */
export function ignoredTags({ ignoreTags: { keys, prefixes } }: Pick<Environment, "ignoreTags">) {
  if (keys.length + prefixes.length === 0) return {};
  return { ignoreTags: [{ keys, keyPrefixes: prefixes }] };
}
