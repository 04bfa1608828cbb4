import { SERVICE_KEYS } from "../../environments/services";
import { asCommandError } from "../cli/aws";
import { CommandError, EXIT } from "../cli/exit-codes";
import { failed, failures, type Finding } from "../cli/finding";
import { ifInterrupted } from "../cli/interrupt";
import { commandLine } from "../cli/options";
import { asTags, runningImages, sameImage, shownImages, withImages, type Images } from "../images/running";
import { shownImage, wanted } from "../images/wanted";
import type { Session } from "../session/session";
import { whyOf } from "../cli/why";
import { verify } from "../verification/verification";
import { deployStack } from "./stack";

/** What runs before `app` is changed. It must be known to be able to roll back. */
export async function imagesBefore(session: Session): Promise<Images> {
  try {
    return await runningImages(session);
  } catch (error) {
    throw new CommandError(
      `app was not deployed: --roll-back needs to know what is running (${whyOf(error)}).`,
    );
  }
}

/** Deploys the previous images, verifies them too if asked to, and ends with an error: what failed, and what runs now. */
export async function rollBack(
  session: Session,
  before: Images,
  failure: string,
  verifies: boolean,
): Promise<never> {
  const ended = (what: string) => new CommandError(`${failure}\n\n${what}`);
  const images = shownImages(before);
  // What can't be read, the rollback itself reports.
  const now = await runningImages(session).catch((): Images => ({}));
  // Deploying the same images again doesn't fix a rollout.
  if (images === "" || SERVICE_KEYS.every((key) => sameImage(now[key], before[key])))
    throw ended("There was nothing to roll back to: no other images were running before.");
  const others = await deployedByOthers(session, before, now).catch(() => "");
  if (others !== "")
    throw ended(
      `Nothing was rolled back: somebody else has since deployed ${others}. To undo that as well: ${commandLine("deploy", session.environment, `app --image-tag ${asTags(before)}`)}`,
    );
  console.log(`\nRolling back to ${images}`);
  const findings = await redeploy(session, before, verifies).catch((error: unknown): never => {
    if (error instanceof CommandError && error.exitCode === EXIT.interrupted) throw error;
    throw ended(`Rolling back to ${images} also failed:\n\n${(asCommandError(error) as Error).message}`);
  });
  throw ended(
    failed(findings)
      ? `Rolled back to ${images}, but that failed verification, too:\n\n${failures(findings)}`
      : `Rolled back: the previous images are running again (${images}). This deploy's other changes stay.`,
  );
}

/** The images that run now, but are neither this deploy's nor ran before it, for people; "" if there are none. */
async function deployedByOthers(session: Session, before: Images, now: Images): Promise<string> {
  const { account } = await session.identity();
  const foreign = SERVICE_KEYS.filter((key) => {
    const own = wanted(session.environment, key, account);
    const known = [before[key], own && shownImage(own)];
    return now[key] !== undefined && !known.some((each) => sameImage(now[key], each));
  });
  return shownImages(Object.fromEntries(foreign.map((key) => [key, now[key]])));
}

async function redeploy(session: Session, before: Images, verifies: boolean): Promise<readonly Finding[]> {
  const { environment } = session;
  const finish = commandLine("deploy", environment, `app --image-tag ${asTags(before)}`);
  ifInterrupted(`app of ${environment.name} was being rolled back. To finish: ${finish}`);
  const earlier = session.of(withImages(environment, before));
  const { app } = await earlier.stacks();
  await deployStack(earlier, app, { yes: true, resumeCommand: finish });
  return verifies ? verify(session) : [];
}
