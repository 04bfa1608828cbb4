import { existsSync, rmSync } from "node:fs";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { APP_SECRET_KEYS } from "../../environments/app-secret-keys";
import type { Environment } from "../../environments";
import { localState } from "../../environments/local-state";
import { SERVICES } from "../../environments/services";
import { isAwsError } from "../cli/aws";
import { CommandError, EXIT, type ExitCode } from "../cli/exit-codes";
import { ifInterrupted } from "../cli/interrupt";
import { columns } from "../cli/terminal";
import { Times } from "../cli/times";
import { deploy } from "../deploy/deploy";
import { deployStack } from "../deploy/stack";
import { destroy } from "../destroy/destroy";
import { isApplicable, planStack } from "../plan/plan";
import { summary } from "../plan/summary";
import { planLines } from "../plan/text";
import type { Session } from "../session/session";
import { STACKS, type StackName } from "../../stacks/stack-names";
import { refuseRemoteEndpoints, startEmulator } from "./emulator";

/** The command that continues: it needs none of the options of a deploy. */
const REHEARSE = "npx wbot rehearse";

/** The setting that is changed, and the only resource that may change with it: the web's autoscaler. */
const CHANGED = "web.targetCpuPercent";
const FOLLOWS = `${SERVICES.web.name}/autoscaler`;

/**
 * The whole life of an environment in an emulator: deployed from nothing, verified, changed, destroyed.
 *
 * @param docker Starts an emulator with Docker. Opt-in, since it pulls images and runs a privileged container
 */
export async function rehearse(given: Session, docker: boolean): Promise<ExitCode> {
  const { environment } = given;
  const { name, emulator } = environment;
  if (emulator === undefined)
    throw new CommandError(
      `The environment "${name}" is real: only an environment with the setting emulator can be rehearsed, such as "rehearsal".`,
      EXIT.usage,
    );
  refuseRemoteEndpoints();
  const own = docker ? await startEmulator() : undefined;
  try {
    const session = own ? given.of({ ...environment, emulator: { endpoint: own.fromPods } }) : given;
    const left = own
      ? "The emulator stops, and with it everything deployed to it."
      : "What was deployed to the emulator is still there; the next rehearsal clears it: npx wbot rehearse";
    const times = await rehearsed(session, left);
    console.log(["", ...columns([...times.rows, ["total", times.total, ""]])].join("\n"));
  } finally {
    await own?.stop();
    // What the states describe is gone with the emulator.
    if (own) forgetStates(environment);
  }
  return EXIT.done;
}

async function rehearsed(session: Session, left: string): Promise<Times> {
  await session.requireAccount("Nothing was changed.");
  await clear(session);
  await writeSecrets(session);
  const times = new Times();
  await times.of("deploy", () => deployed(session));
  ifInterrupted(left);
  console.log("\nA second diff must be empty:");
  await times.of("second diff", () => expectEmpty(session, ...STACKS));
  await times.of(CHANGED, () => changeOne(session));
  console.log("\nA destroy must leave nothing:");
  await times.of("destroy", () => destroyed(session));
  return times;
}

/** Destroys what is still deployed; states of an emulator that no longer exists are only deleted. */
async function clear(session: Session): Promise<void> {
  const { environment } = session;
  if (!states(environment).some((file) => existsSync(file))) return;
  if ((await session.cluster()) !== undefined) {
    console.log("An earlier rehearsal did not finish: what it deployed is destroyed first.");
    await destroy(session, environment.name);
    session.forgetCluster();
  }
  forgetStates(environment);
}

function states({ name }: Environment): string[] {
  return STACKS.flatMap((stack) => [localState(name, stack), `${localState(name, stack)}.backup`]);
}

function forgetStates(environment: Environment): void {
  for (const file of states(environment)) rmSync(file, { force: true });
}

async function writeSecrets({ client, names }: Session): Promise<void> {
  const { appSecret } = names;
  const values = Object.fromEntries(
    APP_SECRET_KEYS.map(({ name }) => [name, `stand-in-of-${name.toLowerCase()}`]),
  );
  await client(SecretsManagerClient)
    .send(new CreateSecretCommand({ Name: appSecret, SecretString: JSON.stringify(values) }))
    .catch((error: unknown) => {
      // From an earlier rehearsal.
      if (!isAwsError(error, "ResourceExistsException")) throw error;
    });
}

async function deployed(session: Session): Promise<string> {
  const options = { stacks: STACKS, yes: true, preflight: false, verify: true, resumeCommand: REHEARSE };
  if ((await deploy(session, options)) === EXIT.done) return "verified";
  throw new CommandError("Not everything is ready: see the failed checks above.");
}

async function expectEmpty(session: Session, ...stacks: readonly StackName[]): Promise<string> {
  const folders = await session.stacks();
  for (const stack of stacks) {
    const planned = await planStack(folders[stack]);
    if (isApplicable(planned))
      throw new CommandError(
        `A second diff of ${stack} is not empty (${summary(planned)}):\n${planLines(planned).join("\n")}`,
      );
  }
  return "empty";
}

async function changeOne(session: Session): Promise<string> {
  const { environment } = session;
  const { web } = environment;
  const changed = session.of({
    ...environment,
    web: { ...web, targetCpuPercent: web.targetCpuPercent + 5 },
  });
  console.log(`\nIf ${CHANGED} changes, only ${FOLLOWS} may change:`);
  await expectEmpty(changed, "infra");
  const { app } = await changed.stacks();
  const { changes } = await deployStack(changed, app, { yes: true, resumeCommand: REHEARSE });
  const [first] = changes;
  if (changes.length === 1 && first?.name === FOLLOWS && first.action === "update")
    return `changed only ${FOLLOWS}`;
  throw new CommandError(`${CHANGED} should change only ${FOLLOWS}: see the plan above.`);
}

async function destroyed(session: Session): Promise<string> {
  const { environment, client, names } = session;
  await destroy(session, environment.name);
  session.forgetCluster();
  if ((await session.cluster()) !== undefined) throw new CommandError("The cluster is still there.");
  await client(SecretsManagerClient).send(
    new DeleteSecretCommand({ SecretId: names.appSecret, ForceDeleteWithoutRecovery: true }),
  );
  forgetStates(environment);
  return "cluster, states and stand-in secrets are gone";
}
