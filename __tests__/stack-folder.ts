import type { StackFolder } from "../commands/terraform/stack-folder";

/** A stack's folder without what a synthesis knows of it: it is not locked, and its addresses are its names. */
export function stackFolder(
  stack: StackFolder["stack"],
  path: string,
  json: StackFolder["json"] = {},
): StackFolder {
  return { stack, path, json, checksum: undefined, nameOf: (address) => address };
}
