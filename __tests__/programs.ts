import { spawnSync } from "node:child_process";
import { TERRAFORM_VERSION } from "../environments/terraform-version";

/** A program of the machine that some tests need. */
export interface Need {
  /** As a person would ask for it. */
  readonly what: string;
  readonly isThere: () => boolean;
}

export const TERRAFORM: Need = {
  what: `Terraform ${TERRAFORM_VERSION} or newer on the PATH`,
  isThere: () => {
    const { status, stdout } = spawnSync("terraform", ["version", "-json"], { encoding: "utf8" });
    if (status !== 0) return false;
    const { terraform_version: version } = JSON.parse(stdout) as { readonly terraform_version: string };
    return version.localeCompare(TERRAFORM_VERSION, "en", { numeric: true }) >= 0;
  },
};

/** `describe`, or a skipped one whose name says what is missing, as `npm run verify` reports it. */
export function describeWith(needs: readonly Need[], name: string, tests: () => void): void {
  const missing = needs.filter((need) => !need.isThere()).map(({ what }) => what);
  if (missing.length === 0) describe(name, tests);
  else describe.skip(`${name} (needs ${missing.join(" and ")})`, tests);
}
