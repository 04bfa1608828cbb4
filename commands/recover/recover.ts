import type { Environment } from "../../environments";
import { EMULATED_ACCOUNT } from "../../environments/emulator";
import { SERVICE_KEYS } from "../../environments/services";
import { currentVersion, described } from "../app-secret/store";
import { troubleOrThrow } from "../cli/aws";
import { CommandError, EXIT, type ExitCode } from "../cli/exit-codes";
import { ifInterrupted } from "../cli/interrupt";
import { commandLine } from "../cli/options";
import { columns } from "../cli/terminal";
import { Times } from "../cli/times";
import { reportingWhatIsLeft } from "../cli/run";
import { deploy } from "../deploy/deploy";
import { destroy } from "../destroy/destroy";
import { tagged } from "../images/running";
import { copy } from "../secrets/copy";
import type { Session } from "../session/session";
import { STACKS } from "../../stacks/stack-names";
import { sameImages } from "./images";
import { dependencies } from "./independence";
import { switchLines } from "./switch-over";

export interface RecoverOptions {
  /** Skips every confirmation. @default false */
  readonly yes?: boolean;
  /** Leaves the twin standing: no drill. @default false */
  readonly keep?: boolean;
}

/**
 * Deploys a twin with the app secret and the images of the environment that it can replace, prints the times and how to
 * switch the name, and destroys it again. `from` may be lost: then its secret's copy and the images given are used.
 */
export async function recover(
  from: Session,
  twin: Session,
  { yes = false, keep = false }: RecoverOptions,
): Promise<ExitCode> {
  const { environment } = twin;
  const { name } = environment;
  refuseUnprepared(from.environment, environment, keep);
  const isDeployed = (await twin.cluster()) !== undefined;
  if (!isDeployed) refuseUnreachable(environment);
  if (isDeployed && !keep)
    throw new CommandError(
      `Nothing was done: ${name} is already deployed, and a drill destroys it at the end. It may have been serving users since a switch. To deploy it again and keep it, add --keep. Only if no name points to it, destroy it first: ${commandLine("destroy", environment)}`,
    );

  const times = new Times();
  const to = twin.of(await sameImages(from, environment));
  await times.of("app secret", () => secret(from, to, yes));
  // `from` may no longer answer then.
  const images = `--image-tag ${SERVICE_KEYS.map((key) => tagged(key, to.environment[key].image)).join(",")}`;
  const resumeCommand = keep
    ? `npx wbot recover --from ${from.environment.name} --as ${name} --keep ${images}`
    : commandLine("deploy", environment, images);
  const next = keep
    ? `To continue: ${resumeCommand}`
    : `When you are done with it, and no name points to it: ${commandLine("destroy", environment)}`;
  const left = `What was created so far stays. ${next}`;
  const code = await reportingWhatIsLeft(left, async () => {
    const code = await times.of(
      "deploy",
      () => deploy(to, { stacks: STACKS, yes, preflight: true, verify: true, resumeCommand }),
      (result) => (result === EXIT.done ? "checked, deployed, verified" : "deployed, not verified"),
    );
    ifInterrupted(left);
    const state = code === EXIT.done ? "runs" : "is deployed, but not verified";
    const lines = await switchLines(from.environment, to);
    console.log(`\n${name} ${state}, ${times.total} after the start. To switch to it:`);
    for (const line of lines) console.log(`  ${line}`);
    if (keep)
      console.log(
        environment.protection
          ? "It stays."
          : `It stays, unprotected: set protection: true in environments/${name}.ts, and deploy.`,
      );
    else if (code !== EXIT.done)
      console.log(`The drill failed: ${name} stays for inspection, and costs money. ${left}`);
    else {
      console.log("This was a drill: nobody was switched over, and it is now being destroyed.\n");
      await times.of(
        "destroy",
        () => destroy(to, yes ? name : undefined),
        () => "destroyed again",
      );
    }
    return code;
  });
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

/** A first deploy into a new VPC, to which nothing is connected yet: it would stop with a cluster that is billed. */
function refuseUnreachable({ name, account, access, network }: Environment): void {
  if (access.publicCidrs.length > 0 || network.existing !== undefined) return;
  // An emulator's API is on this machine.
  if (account === EMULATED_ACCOUNT) return;
  throw new CommandError(
    `Nothing was done: access.publicCidrs of ${name} is empty, so no chart could be installed in its new cluster: set access: { publicCidrs: ["<your address>/32"] } in environments/${name}.ts, until its VPC is connected (docs/private-api.md)`,
  );
}

/**
 * Copies the app secret to a twin that has none. A twin's own stays: it may hold keys of its own, such as another database's,
 * or be the only one left.
 */
async function secret(from: Session, to: Session, yes: boolean): Promise<string> {
  await to.requireAccount("Nothing was deployed.");
  if ((await currentVersion(to)) === undefined) {
    await copy(from, to, yes).catch((error: unknown) => {
      throw new CommandError(
        `Nothing was deployed: ${from.names.appSecret} can't be read (${troubleOrThrow(error).why}), and ${to.environment.region} has no copy of it. Push the keys: ${commandLine("secrets", to.environment, "push app-secret.env")}`,
      );
    });
    return `copied from ${from.environment.region}`;
  }
  const { LastChangedDate: changed } = (await described(to, to.names.appSecret)) ?? {};
  const age = `its own, of ${changed?.toISOString() ?? "an unknown time"}`;
  console.log(
    `${to.environment.name} uses ${age}. To see what differs from ${from.environment.name}'s, and copy it: ${commandLine("secrets copy", to.environment)}`,
  );
  return age;
}
