import type { Environment } from "../../environments";
import { SERVICE_KEYS } from "../../environments/services";
import { described } from "../app-secret/store";
import { awsTrouble } from "../cli/aws";
import { CommandError, EXIT, type ExitCode } from "../cli/exit-codes";
import { commandLine } from "../cli/options";
import { columns } from "../cli/terminal";
import { deploy } from "../deploy/deploy";
import { Times } from "../deploy/report";
import { destroy } from "../destroy/destroy";
import { tagged } from "../images/running";
import { copy } from "../secrets/copy";
import type { Session } from "../session/session";
import { STACKS } from "../../stacks/stack-names";
import { dnsLines } from "./dns";
import { sameImages } from "./images";
import { dependencies } from "./independence";

export interface RecoverOptions {
  /** Skips every confirmation. */
  readonly yes: boolean;
  /** Leaves the twin standing: no drill. */
  readonly keep: boolean;
}

/**
 * Deploys a twin with the app secret and the images of the environment that it can replace, prints the times and how to
 * switch the name, and destroys it again. `from` may be lost: then its secret's copy and the images given are used.
 */
export async function recover(
  from: Session,
  twin: Session,
  { yes, keep }: RecoverOptions,
): Promise<ExitCode> {
  const { environment } = twin;
  const { name } = environment;
  refuseUnprepared(from.environment, environment, keep);
  if (!keep && (await twin.cluster()) !== undefined)
    throw new CommandError(
      `Nothing was done: ${name} is already deployed, and a drill destroys it at the end. It may be serving users since a switch. To deploy it again and keep it: --keep. Only if no name points to it: ${commandLine("destroy", environment)}`,
    );

  const times = new Times();
  const to = twin.of(await sameImages(from, environment));
  await times.of(
    "app secret",
    () => secret(from, to, yes),
    (what) => what,
  );
  const code = await deployed(from.environment, to, times, { yes, keep });
  console.log(
    [
      "",
      `${name} ${code === EXIT.done ? "runs" : "is deployed, but not verified"}, ${times.total} after the start. To switch to it:`,
      ...(await dnsLines(to)).map((line) => `  ${line}`),
    ].join("\n"),
  );
  if (keep)
    console.log(`It stays, unprotected: set protection: true in environments/${name}.ts, and deploy.`);
  else if (code !== EXIT.done)
    console.log(`The drill failed: ${name} stays for inspection, and costs money. ${whenDone(environment)}`);
  else {
    console.log("This was a drill: nobody was switched over, and it is now being destroyed.\n");
    await times.of(
      "destroy",
      () => destroy(to, yes ? name : undefined),
      () => "destroyed again",
    );
  }
  console.log(["", ...columns(times.rows)].join("\n"));
  return code;
}

/** What no deploy could repair. */
function refuseUnprepared(from: Environment, to: Environment, keep: boolean): void {
  const problems = [
    ...dependencies(from, to),
    ...(to.protection && !keep
      ? [
          `protection is true, so the drill could not destroy it: set it to false in environments/${to.name}.ts, or --keep`,
        ]
      : []),
  ];
  if (problems.length === 0) return;
  throw new CommandError(
    `Nothing was done: ${to.name} can't stand in for ${from.name}:\n${problems.map((each) => `  - ${each}`).join("\n")}`,
  );
}

/** Renews the copy of the app secret; keeps an earlier one if the original can't be read. */
async function secret(from: Session, to: Session, yes: boolean): Promise<string> {
  try {
    await copy(from, to, yes);
    return `copied from ${from.environment.region}`;
  } catch (error) {
    const trouble = awsTrouble(error);
    if (trouble === undefined) throw error;
    const earlier = await described(to, to.names.appSecret);
    if (earlier === undefined)
      throw new CommandError(
        `Nothing was deployed: ${from.names.appSecret} can't be read (${trouble.why}), and ${to.environment.region} has no copy of it. Push the keys: ${commandLine("secrets", to.environment, "push app-secret.env")}`,
      );
    const age = `of ${earlier.LastChangedDate?.toISOString() ?? "an unknown time"}`;
    console.log(`${from.names.appSecret} can't be read (${trouble.why}): using the copy ${age}.`);
    return `the copy ${age}`;
  }
}

async function deployed(
  from: Environment,
  to: Session,
  times: Times,
  { yes, keep }: RecoverOptions,
): Promise<ExitCode> {
  const { environment } = to;
  // `from` may no longer answer then.
  const images = `--image-tag ${SERVICE_KEYS.map((key) => tagged(key, environment[key].image)).join(",")}`;
  const again = keep
    ? `npx wbot recover --from ${from.name} --as ${environment.name} --keep ${images}`
    : commandLine("deploy", environment, images);
  const options = { stacks: STACKS, yes, preflight: true, verify: true, again };
  try {
    return await times.of(
      "deploy",
      () => deploy(to, options),
      (code) => (code === EXIT.done ? "checked, deployed, verified" : "deployed, not verified"),
    );
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode === EXIT.interrupted) throw error;
    throw new CommandError(
      `${error.message}\n\n${keep ? `What was created so far stays. To continue: ${again}` : whenDone(environment)}`,
      error.exitCode,
    );
  }
}

function whenDone(environment: Environment): string {
  return `What was created so far stays. When you are done with it, and no name points to it: ${commandLine("destroy", environment)}`;
}
