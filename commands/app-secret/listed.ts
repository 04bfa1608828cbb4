import { troubleOrThrow } from "../cli/aws";
import { ifInterrupted } from "../cli/interrupt";
import { step } from "../cli/progress";
import type { Session } from "../session/session";
import { untilItHolds, type Attempt } from "../verification/wait";
import { secretsNamed } from "./named";

/** How long AWS may take (ms). @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html */
const LAG_MS = 5 * 60_000;

/**
 * Waits until AWS lists the new app secret: a plan looks it up in that list, and would say that it doesn't exist. The secret
 * is written by then, so nothing that goes wrong here is an error.
 */
export async function untilListed(session: Session, pause?: number): Promise<void> {
  const { appSecret } = session.names;
  ifInterrupted(`${appSecret} is written, but AWS may not list it yet: deploy in five minutes.`);
  await step(
    {
      title: `Waiting for AWS to list ${appSecret}`,
      done: ({ status, why }) =>
        status === "pass"
          ? `AWS lists ${appSecret}`
          : `${appSecret} is written, but ${why}: a deploy within five minutes may not find it`,
    },
    () => untilItHolds(() => listed(session), LAG_MS, pause),
  );
}

async function listed(session: Session): Promise<Attempt> {
  try {
    const found = await secretsNamed(session, [session.names.appSecret]);
    return { status: found.length > 0 ? "pass" : "warn", why: "AWS doesn't list it yet" };
  } catch (error) {
    const { why, kind } = troubleOrThrow(error);
    return { status: "warn", why, final: kind === "denied" };
  }
}
