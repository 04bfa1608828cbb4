import { resolve4, resolve6, resolveNs } from "node:dns/promises";
import { STACKS, type StackName } from "../../stacks/stack-names";
import { awsTrouble } from "../cli/aws";
import type { Finding } from "../cli/finding";
import { progress } from "../cli/progress";
import type { Session } from "../session/session";
import type { Check, Found } from "./check";
import { CHECKS } from "./checks";
import type { Outside, PreflightContext } from "./context";

const OUTSIDE: Outside = { resolve4, resolve6, resolveNs, fetch: (...args) => fetch(...args) };

export interface PreflightOptions {
  /** The stacks to deploy. @default - both stacks */
  readonly stacks?: readonly StackName[];
  /** @default - now */
  readonly now?: Date;
  /** @default - the real network */
  readonly outside?: Partial<Outside>;
  /** Names of checks. @default - all */
  readonly only?: readonly string[];
  /** Shows no progress. @default false */
  readonly silent?: boolean;
}

/** Runs the checks in parallel and changes nothing. Failures come last, where they are seen. */
export async function preflight(session: Session, options: PreflightOptions = {}): Promise<Finding[]> {
  const { stacks = STACKS, now = new Date(), outside, only, silent = false } = options;
  const { name } = session.environment;
  const context = { session, stacks, now, outside: { ...OUTSIDE, ...outside } };
  const chosen = CHECKS.filter((check) => only?.includes(check.name) ?? true);
  const findings: Finding[] = [];
  const signedIn = await session.identity().then(
    () => true,
    (error: unknown) => awsTrouble(error)?.kind !== "credentials" && awsTrouble(error)?.kind !== "network",
  );
  await progress(
    undefined,
    [
      {
        title: `Checking ${name}`,
        work: async (_, say) => {
          const open = new Set(chosen.map((check) => check.name));
          await Promise.all(
            chosen.map(async (check) => {
              findings.push(...(await lookAt(check, context, signedIn)));
              open.delete(check.name);
              say(`waiting for ${[...open].join(", ")}`);
            }),
          );
          return `Checked ${name}`;
        },
      },
    ],
    { silent },
  );
  const rank = (finding: Finding) => ["pass", "skip", "warn", "fail"].indexOf(finding.status);
  const place = (finding: Finding) => chosen.findIndex((check) => check.name === finding.check);
  return findings.sort((a, b) => rank(a) - rank(b) || place(a) - place(b));
}

async function lookAt(check: Check, context: PreflightContext, signedIn: boolean): Promise<Finding[]> {
  const named = (found: readonly Found[]) => found.map((each) => ({ check: check.name, ...each }));
  if (check.aws && !signedIn && check.name !== "credentials")
    return named([{ status: "skip", why: "no access to AWS" }]);
  try {
    return named(await check.look(context));
  } catch (error) {
    const trouble = awsTrouble(error);
    if (trouble === undefined) throw error;
    return named([
      {
        status: check.name === "credentials" ? "fail" : "warn",
        why: check.name === "credentials" ? trouble.why : `could not check: ${trouble.why}`,
        fix: trouble.fix,
      },
    ]);
  }
}
