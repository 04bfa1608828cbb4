import { fail, type Found } from "../cli/finding";

/** What EKS is still at, as after an interrupted deploy, which it doesn't notice. `wait`: the command that waits for one. */
export function stillUpdating(names: readonly string[], wait: (name: string) => string): Found {
  return fail(
    `EKS is still updating ${names.join(" and ")}, and takes no other update until then`,
    names.map(wait).join("\n"),
  );
}
