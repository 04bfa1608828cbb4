import { SERVICE_KEYS, SERVICES } from "../../environments/services";
import { asCommandError } from "../cli/aws";
import { CommandError, EXIT } from "../cli/exit-codes";
import { failed, shown, type Finding } from "../cli/finding";
import { ifInterrupted } from "../cli/interrupt";
import { commandLine } from "../cli/options";
import { asTags, runningImages, sameImage, shownImages, withImages, type Images } from "../images/running";
import type { Session } from "../session/session";
import { couldNotCheck, wasNotChecked } from "../verification/could-not-check";
import { ANSWERS_INSIDE } from "../verification/answers";
import { deployAndKeep } from "./deploy-and-keep";
import { verify } from "./verify";

export interface RollBackOptions {
  readonly silent: boolean;
  /** Verifies the previous images, too. */
  readonly verify: boolean;
}

/** What ran before `app` was changed. It must be known to be able to roll back. */
export async function imagesBefore(session: Session): Promise<Images> {
  try {
    return await runningImages(session);
  } catch (error) {
    throw new CommandError(
      `app was not deployed: --roll-back needs to know what is running (${couldNotCheck("", error).why}).`,
    );
  }
}

/** Deploys the previous images, and ends with an error: what failed, and what runs now. */
export async function rollBack(
  session: Session,
  before: Images,
  failure: string,
  options: RollBackOptions,
): Promise<never> {
  const images = shownImages(before);
  if (images === "")
    throw new CommandError(`${failure}\n\nThere was nothing to roll back to: no images were running before.`);
  if (await same(session, before))
    throw new CommandError(
      `${failure}\n\nThere was nothing to roll back to: the same images were running before (${images}).`,
    );
  if (!options.silent) console.log(`\nRolling back to ${images}`);
  const findings = await again(session, before, options).catch((error: unknown): never => {
    if (error instanceof CommandError && error.exitCode === EXIT.interrupted) throw error;
    throw new CommandError(
      `${failure}\n\nRolling back to ${images} also failed:\n\n${(asCommandError(error) as Error).message}`,
    );
  });
  if (failed(findings))
    throw new CommandError(
      `${failure}\n\nRolled back to ${images}, but that failed verification, too:\n\n${lines(findings)}`,
    );
  throw new CommandError(
    `${failure}\n\nRolled back: the previous images are running again (${images}). This deploy's other changes stay.`,
  );
}

const ROLLOUTS = SERVICE_KEYS.map((key) => `rollout ${SERVICES[key].name}`);
const REQUESTS = ["GET /health", "GET /", "stream", "drain"];

/**
 * Whether the images may have caused the failure: their rollouts, or their responses. Other images don't fix
 * certificates, secrets, Redis, checks that could not run, or requests that get no response without a certificate.
 */
export function mayBeOfImages(findings: readonly Finding[]): boolean {
  const failures = findings.filter(
    (each) => each.status === "fail" && !wasNotChecked(each) && !each.why.includes(ANSWERS_INSIDE),
  );
  const certified = failures.every(({ check }) => check !== "certificate");
  return failures.some(
    ({ check, why }) =>
      ROLLOUTS.includes(check) || (REQUESTS.includes(check) && (certified || /answered|sent/.test(why))),
  );
}

export const NOT_ROLLED_BACK = "Nothing was rolled back: the images did not cause the failure.";

/** Failed findings as the reason for a rollback. */
export function unverified(findings: readonly Finding[]): string {
  return `app is deployed, but its verification failed:\n\n${lines(findings)}`;
}

function lines(findings: readonly Finding[]): string {
  return findings
    .filter(({ status }) => status === "fail")
    .map(shown)
    .join("\n");
}

/** Deploying the same images again doesn't fix a rollout. */
async function same(session: Session, before: Images): Promise<boolean> {
  // If it can't be read, the rollback itself reports that.
  const now = await runningImages(session).catch((): Images => ({}));
  return SERVICE_KEYS.every((key) => sameImage(now[key], before[key]));
}

async function again(
  session: Session,
  before: Images,
  { silent, verify: verifies }: RollBackOptions,
): Promise<readonly Finding[]> {
  const { environment } = session;
  const finish = commandLine("deploy", environment, `app --image-tag ${asTags(before)}`);
  ifInterrupted(`app of ${environment.name} was being rolled back. To finish: ${finish}`);
  const earlier = session.of(withImages(environment, before));
  await deployAndKeep(earlier, { yes: true, silent, again: finish });
  return verifies ? verify(session, silent) : [];
}
