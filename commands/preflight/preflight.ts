import { resolve4, resolve6, resolveNs } from "node:dns/promises";
import { STACKS, type StackName } from "../../stacks/stack-names";
import { awsTrouble } from "../cli/aws";
import type { Finding } from "../cli/finding";
import { progress } from "../cli/progress";
import type { Session } from "../session/session";
import { connectTrouble } from "../verification/requests";
import { skip } from "../cli/finding";
import { CHECKS, WITHOUT_CREDENTIALS } from "./checks";
import { tried, type Check, type Outside, type PreflightContext } from "./check";

const OUTSIDE: Outside = {
  resolve4,
  resolve6,
  resolveNs,
  fetch: (...args) => fetch(...args),
  connect: connectTrouble,
};

export interface PreflightOptions {
  /** The stacks to deploy. @default - both stacks */
  readonly stacks?: readonly StackName[];
  /** @default - now */
  readonly now?: Date;
  /** @default - the real network */
  readonly outside?: Partial<Outside>;
  /** Names of checks. @default - all */
  readonly only?: readonly string[] | undefined;
  /** Shows no progress. @default false */
  readonly silent?: boolean;
}

/** Runs the checks in parallel and changes nothing. Failures come last, where they are seen. */
export async function preflight(session: Session, options: PreflightOptions = {}): Promise<Finding[]> {
  const { stacks = STACKS, now = new Date(), outside, only, silent = false } = options;
  const context = { session, stacks, now, outside: { ...OUTSIDE, ...outside } };
  const chosen = Object.entries(CHECKS).filter(([name]) => only?.includes(name) ?? true);
  const names = chosen.map(([name]) => name);
  const findings: Finding[] = [];
  const signedIn = await session.identity().then(
    () => true,
    (error: unknown) => awsTrouble(error)?.kind !== "credentials" && awsTrouble(error)?.kind !== "network",
  );
  await progress(
    undefined,
    [
      {
        title: `Checking ${session.environment.name}`,
        work: async (_, say) => {
          const open = new Set(names);
          await Promise.all(
            chosen.map(async ([name, load]) => {
              findings.push(...(await lookAt(name, await load(), context, signedIn)));
              open.delete(name);
              say(`waiting for ${[...open].join(", ")}`);
            }),
          );
          return `Checked ${session.environment.name}`;
        },
      },
    ],
    { silent },
  );
  const rank = (finding: Finding) => ["pass", "skip", "warn", "fail"].indexOf(finding.status);
  const place = (finding: Finding) => names.indexOf(finding.check);
  return findings.sort((a, b) => rank(a) - rank(b) || place(a) - place(b));
}

async function lookAt(
  check: string,
  look: Check,
  context: PreflightContext,
  signedIn: boolean,
): Promise<Finding[]> {
  const found =
    signedIn || WITHOUT_CREDENTIALS.includes(check)
      ? await tried(() => look(context))
      : [skip("no access to AWS")];
  return found.map((each) => ({ check, ...each }));
}
