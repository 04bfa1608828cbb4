import { SERVICE_KEYS, SERVICES } from "../../environments/services";
import { asCommandError } from "../cli/aws";
import { CommandError, EXIT } from "../cli/exit-codes";
import { failed, shown, type Finding } from "../cli/finding";
import { ifInterrupted } from "../cli/interrupt";
import { commandLine } from "../cli/options";
import { asTags, runningImages, sameImage, shownImages, withImages, type Images } from "../images/running";
import type { Session } from "../session/session";
import { couldNotCheck, wasNotChecked } from "../verification/could-not-check";
import { deployStack } from "./stack";

export interface RollBackOptions {
  readonly silent: boolean;
  /** Undefined where nothing is to be verified. */
  readonly verify: (() => Promise<readonly Finding[]>) | undefined;
}

/** What ran before `app` was changed. It must be known, or nothing could be gone back to. */
export async function imagesBefore(session: Session): Promise<Images> {
  try {
    return await runningImages(session);
  } catch (error) {
    throw new CommandError(
      `app was not deployed: --roll-back must know what runs, and it ${couldNotCheck("", error).why}.`,
    );
  }
}

/** Deploys the images that ran before, and ends with what failed and what runs now. */
export async function rollBack(
  session: Session,
  before: Images,
  failure: string,
  options: RollBackOptions,
): Promise<never> {
  const images = shownImages(before);
  if (images === "")
    throw new CommandError(`${failure}\n\nThere was nothing to roll back to: no image ran before.`);
  if (await same(session, before))
    throw new CommandError(
      `${failure}\n\nThere was nothing to roll back to: the images that ran before run now, too (${images}).`,
    );
  if (!options.silent) console.log(`\nRolling back to ${images}`);
  const findings = await again(session, before, options).catch((error: unknown): never => {
    if (error instanceof CommandError && error.exitCode === EXIT.interrupted) throw error;
    throw new CommandError(
      `${failure}\n\nRolling back to ${images} failed as well:\n\n${(asCommandError(error) as Error).message}`,
    );
  });
  if (failed(findings))
    throw new CommandError(
      `${failure}\n\nRolled back to ${images}, but that is not verified either:\n\n${lines(findings)}`,
    );
  throw new CommandError(
    `${failure}\n\nRolled back: the earlier images run again (${images}). What else was changed by this deploy stays.`,
  );
}

const ROLLOUTS = SERVICE_KEYS.map((key) => `rollout ${SERVICES[key].name}`);
const REQUESTS = ["GET /health", "GET /", "stream"];

/**
 * Whether what failed may be the images' doing: their rollouts, or what they answer. Certificates, secrets, Redis, and
 * what could not be looked at are not mended by other images; nor are requests that get no answer for want of a
 * certificate.
 */
export function mayBeOfImages(findings: readonly Finding[]): boolean {
  const failures = findings.filter((each) => each.status === "fail" && !wasNotChecked(each));
  const certified = failures.every(({ check }) => check !== "certificate");
  return failures.some(
    ({ check, why }) =>
      ROLLOUTS.includes(check) || (REQUESTS.includes(check) && (certified || /answered|sent/.test(why))),
  );
}

export const NOT_ROLLED_BACK = "Nothing was rolled back: what failed is not the images' doing.";

/** Failed findings as the reason of a roll back. */
export function unverified(findings: readonly Finding[]): string {
  return `app is deployed, but its verification failed:\n\n${lines(findings)}`;
}

function lines(findings: readonly Finding[]): string {
  return findings
    .filter(({ status }) => status === "fail")
    .map(shown)
    .join("\n");
}

/** A rollout that failed by something else than its images isn't mended by deploying them again. */
async function same(session: Session, before: Images): Promise<boolean> {
  // Who can't be asked is told by the roll back itself.
  const now = await runningImages(session).catch((): Images => ({}));
  return SERVICE_KEYS.every((key) => sameImage(now[key], before[key]));
}

async function again(
  session: Session,
  before: Images,
  { silent, verify }: RollBackOptions,
): Promise<readonly Finding[]> {
  const { environment } = session;
  const finish = `app --image-tag ${asTags(before)}`;
  ifInterrupted(
    `app of ${environment.name} was being rolled back. To finish it: ${commandLine("deploy", environment, finish)}`,
  );
  const earlier = session.of(withImages(environment, before));
  const { app } = await earlier.stacks();
  await deployStack(earlier, app, { yes: true, silent, again: finish });
  return verify === undefined ? [] : verify();
}
