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
import { failed, shown, tally, type Finding } from "../cli/finding";
import { ifInterrupted } from "../cli/interrupt";
import { progress, type Step } from "../cli/progress";
import { columns } from "../cli/terminal";
import { Times } from "../deploy/report";
import { watching } from "../verification/watching";
import { apply, isApplicable, plan, type Plan } from "../plan/plan";
import { outcome, summary } from "../plan/summary";
import { planLines } from "../plan/text";
import { init } from "../terraform/program";
import type { Session } from "../session/session";
import type { PlanOptions } from "../terraform/saved-plan";
import { checks } from "../verification/verification";
import { STACKS, type StackName } from "../../stacks/stack-names";
import { findEmulator, refuseRemoteEndpoints } from "./emulator";
import type { Endpoint } from "./ministack";

export interface RehearseOptions {
  /** Starts an emulator with Docker. Opt-in, since it pulls images and runs a privileged container. @default false */
  readonly docker?: boolean;
  /** Prints only the report, as JSON. @default false */
  readonly json?: boolean;
  /** Ends before the destroy. @default false */
  readonly keep?: boolean;
}

interface Rehearsal {
  session: Session;
  emulator?: Endpoint;
}

/** One thing that is shown, and how. */
type Part = readonly [
  title: string,
  work: (rehearsal: Rehearsal, say: (line: string) => void) => Promise<string>,
];

/** The setting that is changed, and the only resource that may change with it: the web's autoscaler. */
const CHANGED = "web.targetCpuPercent";
const FOLLOWS = `${SERVICES.web.name}/autoscaler`;

/** The whole life of an environment in an emulator: deployed from nothing, verified, changed, destroyed. */
export async function rehearse(session: Session, options: RehearseOptions): Promise<ExitCode> {
  const { environment } = session;
  refuseOthers(environment);
  refuseRemoteEndpoints();
  ifInterrupted(
    "What was deployed to the emulator is still there; the next rehearsal clears it: npx wbot rehearse",
  );
  const rehearsal: Rehearsal = { session };
  const times = new Times();
  const timed = ([title, work]: Part): Step => ({
    title,
    work: async (say) => `${title}: ${await times.of(title, () => work(rehearsal, say))}`,
  });
  try {
    await progress(steps(options).map(timed), { silent: options.json === true });
  } finally {
    await rehearsal.emulator?.stop();
    // What the states describe is gone with the emulator.
    if (rehearsal.emulator?.fromPods !== undefined) forgetStates(environment);
    tell(environment, times, options);
  }
  return EXIT.done;
}

function refuseOthers({ name, emulator }: Environment): void {
  if (emulator !== undefined) return;
  throw new CommandError(
    `The environment "${name}" is real: only an environment with the setting emulator can be rehearsed, such as "rehearsal".`,
    EXIT.usage,
  );
}

function steps(options: RehearseOptions): Part[] {
  return [
    ["Find an emulator", (rehearsal, say) => begin(rehearsal, options, say)],
    ["Clear what an earlier rehearsal left", clear],
    ["Write stand-in secrets", writeSecrets],
    ["Deploy infra from nothing", (rehearsal, say) => deploy(rehearsal, "infra", say)],
    ["Deploy app from nothing", (rehearsal, say) => deploy(rehearsal, "app", say)],
    ["Everything is ready", expectReady],
    ["A second diff of infra is empty", (rehearsal) => expectEmpty(rehearsal, "infra")],
    ["A second diff of app is empty", (rehearsal) => expectEmpty(rehearsal, "app")],
    [`Change ${CHANGED}, and nothing else changes`, changeOne],
    ...(options.keep === true ? [] : TAKE_DOWN),
  ];
}

const TAKE_DOWN: readonly Part[] = [
  ["Destroy app", (rehearsal, say) => destroy(rehearsal, "app", say)],
  ["Destroy infra", (rehearsal, say) => destroy(rehearsal, "infra", say)],
  ["Nothing is left", expectNothing],
];

async function begin(
  rehearsal: Rehearsal,
  options: RehearseOptions,
  say: (line: string) => void,
): Promise<string> {
  const emulator = await findEmulator(options.docker === true, say);
  rehearsal.emulator = emulator;
  if (emulator.fromPods !== undefined) {
    const { session } = rehearsal;
    rehearsal.session = session.of({ ...session.environment, emulator: { endpoint: emulator.fromPods } });
    ifInterrupted("The emulator stops, and with it everything deployed to it.");
  }
  const folders = await rehearsal.session.stacks();
  say("running terraform init");
  for (const folder of Object.values(folders)) await init(folder);
  return emulator.log === undefined ? emulator.endpoint : `${emulator.endpoint}, log: ${emulator.log}`;
}

/** Destroys what is still deployed; states of an emulator that no longer exists are only deleted. */
async function clear(rehearsal: Rehearsal, say: (line: string) => void): Promise<string> {
  const { session } = rehearsal;
  const { environment } = session;
  if (!states(environment).some((file) => existsSync(file))) return "nothing";
  if ((await session.kubernetes()) === undefined) {
    forgetStates(environment);
    return "states of an emulator that no longer exists";
  }
  await destroy(rehearsal, "app", say);
  await destroy(rehearsal, "infra", say);
  forgetStates(environment);
  return "what was still deployed";
}

function states({ name }: Environment): string[] {
  return STACKS.flatMap((stack) => [localState(name, stack), `${localState(name, stack)}.backup`]);
}

function forgetStates(environment: Environment): void {
  for (const file of states(environment)) rmSync(file, { force: true });
}

async function writeSecrets({ session: { client, names } }: Rehearsal): Promise<string> {
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
  return `${APP_SECRET_KEYS.length} keys in ${appSecret}`;
}

async function withPlan<T>(
  { session }: Rehearsal,
  stack: StackName,
  use: (planned: Plan) => Promise<T>,
  options?: PlanOptions,
): Promise<T> {
  const planned = await plan((await session.stacks())[stack], options);
  try {
    return await use(planned);
  } finally {
    planned.discard();
    // The cluster may have been created or destroyed.
    session.forgetCluster();
  }
}

async function deploy(rehearsal: Rehearsal, stack: StackName, say: (line: string) => void): Promise<string> {
  say("planning");
  return withPlan(rehearsal, stack, async (planned) => {
    await watching(rehearsal.session, planned, (watch) => apply(planned, say, watch), say);
    return outcome(planned);
  });
}

async function expectReady({ session }: Rehearsal, say: (line: string) => void): Promise<string> {
  const findings: Finding[] = [];
  for (const { title, run } of await checks(session)) {
    say(title);
    findings.push(await run());
  }
  if (failed(findings)) throw new CommandError(`Not everything is ready:\n${findings.map(shown).join("\n")}`);
  return tally(findings);
}

async function expectEmpty(rehearsal: Rehearsal, stack: StackName): Promise<string> {
  return withPlan(rehearsal, stack, (planned) => {
    if (!isApplicable(planned)) return Promise.resolve("nothing to change");
    throw new CommandError(
      `A second diff of ${stack} is not empty (${summary(planned)}):\n${planLines(planned).join("\n")}`,
    );
  });
}

async function changeOne(rehearsal: Rehearsal, say: (line: string) => void): Promise<string> {
  const { environment } = rehearsal.session;
  const { web } = environment;
  rehearsal.session = rehearsal.session.of({
    ...environment,
    web: { ...web, targetCpuPercent: web.targetCpuPercent + 5 },
  });
  await expectEmpty(rehearsal, "infra");
  return withPlan(rehearsal, "app", async (planned) => {
    const { changes } = planned;
    const [first] = changes;
    if (changes.length !== 1 || first?.name !== FOLLOWS || first.action !== "update")
      throw new CommandError(
        `${CHANGED} should change only ${FOLLOWS}, but: ${summary(planned)}\n${planLines(planned).join("\n")}`,
      );
    await apply(planned, say);
    return `${first.name} updated`;
  });
}

async function destroy(rehearsal: Rehearsal, stack: StackName, say: (line: string) => void): Promise<string> {
  say("planning");
  const destroyed = async (planned: Plan) => {
    if (isApplicable(planned)) await apply(planned, say);
    return outcome(planned);
  };
  return withPlan(rehearsal, stack, destroyed, { destroy: true });
}

async function expectNothing({ session }: Rehearsal): Promise<string> {
  if ((await session.cluster()) !== undefined) throw new CommandError("The cluster is still there.");
  await session.client(SecretsManagerClient).send(
    new DeleteSecretCommand({
      SecretId: session.names.appSecret,
      ForceDeleteWithoutRecovery: true,
    }),
  );
  forgetStates(session.environment);
  return "cluster, states and stand-in secrets are gone";
}

function tell({ name }: Environment, times: Times, { json = false }: RehearseOptions): void {
  if (!json) {
    console.log(["", ...columns([...times.rows, ["total", times.total, ""]])].join("\n"));
    return;
  }
  const steps = times.parts.map(({ name: step, what: outcome, milliseconds }) => ({
    step,
    outcome,
    seconds: Math.round(milliseconds / 100) / 10,
  }));
  const seconds = Math.round(times.milliseconds / 1000);
  console.log(JSON.stringify({ environment: name, steps, seconds }, null, 2));
}
