import { emulator } from "../../environments/emulator";
import { STACKS, type StackName } from "../../stacks/stack-names";
import { awsTrouble } from "../cli/aws";
import { skip, type Finding } from "../cli/finding";
import { step } from "../cli/progress";
import type { Session } from "../session/session";
import { CHECKS, type CheckRow } from "./checks";
import { tried } from "./check";

export interface PreflightOptions {
  /** The stacks to deploy. @default - both stacks */
  readonly stacks?: readonly StackName[];
  /** Names of checks. @default - all */
  readonly only?: readonly string[] | undefined;
  /** Shows no progress. @default false */
  readonly silent?: boolean;
}

/** Runs the checks in parallel and changes nothing. Failures come last, where they are seen. */
export async function preflight(session: Session, options: PreflightOptions = {}): Promise<Finding[]> {
  const { stacks = STACKS, only, silent = false } = options;
  const signedIn = await session.identity().then(
    () => true,
    (error: unknown) => awsTrouble(error)?.kind !== "credentials" && awsTrouble(error)?.kind !== "network",
  );
  const wanted = Object.keys(CHECKS).filter((check) => only?.includes(check) ?? true);
  // Nothing but skipped checks would look like success.
  if (!signedIn && wanted.some((check) => CHECKS[check]?.offline !== true)) wanted.push("credentials");
  const chosen = Object.entries(CHECKS).filter(([check]) => wanted.includes(check));
  const { name } = session.environment;
  const findings = await step(
    { title: `Checking ${name}`, done: () => `Checked ${name}`, silent },
    async (say) => {
      const open = new Set(chosen.map(([check]) => check));
      const found = chosen.map(async ([check, row]) => {
        const skipped = whySkipped(row, stacks, signedIn);
        const all =
          skipped === undefined
            ? await tried(async () => (await row.load())({ session, stacks }))
            : [skip(skipped)];
        open.delete(check);
        say(`waiting for ${[...open].join(", ")}`);
        return all.map((each) => ({ check, ...each }));
      });
      return (await Promise.all(found)).flat();
    },
  );
  const rank = (finding: Finding) => ["pass", "skip", "warn", "fail"].indexOf(finding.status);
  return findings.sort((a, b) => rank(a) - rank(b));
}

function whySkipped(
  { infra, offline, real }: CheckRow,
  stacks: readonly StackName[],
  signedIn: boolean,
): string | undefined {
  if (infra && !stacks.includes("infra")) return "infra is not part of this deploy";
  if (real && emulator() !== undefined) return "an emulator does not know";
  return signedIn || offline ? undefined : "no access to AWS";
}
