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
import { columns, duration } from "../cli/terminal";
import { watching } from "../verification/watching";
import { apply, isApplicable, plan, type Plan } from "../plan/plan";
import { outcome, summary } from "../plan/summary";
import { planLines } from "../plan/text";
import { init } from "../terraform/program";
import type { Session } from "../session/session";
import type { PlanOptions } from "../terraform/saved-plan";
import { looks } from "../verification/verification";
import { STACKS, type StackName } from "../../stacks/stack-names";
import { findEmulator, refuseRemoteEndpoints } from "./emulator";
import type { Endpoint } from "./ministack";

export interface RehearseOptions {
  /** Starts an emulator with Docker. Opt-in, since it pulls images and runs a privileged container. */
  readonly docker: boolean;
  /** Prints only the report, as JSON. */
  readonly json: boolean;
  /** Ends before the destroy. */
  readonly keep: boolean;
}

/** One thing that was shown, and how long it took. */
interface Shown {
  readonly step: string;
  readonly outcome: string;
  readonly seconds: number;
}

interface Rehearsal {
  session: Session;
  emulator?: Endpoint;
}

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
  const report: Shown[] = [];
  const start = performance.now();
  try {
    await progress(rehearsal, timed(steps(options), report), { silent: options.json });
  } finally {
    await rehearsal.emulator?.stop();
    // What the states describe is gone with the emulator.
    if (rehearsal.emulator?.fromPods !== undefined) forgetStates(environment);
    tell(environment, report, performance.now() - start, options);
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

function steps(options: RehearseOptions): Step<Rehearsal>[] {
  return [
    { title: "Find an emulator", work: (rehearsal, say) => begin(rehearsal, options, say) },
    { title: "Clear what an earlier rehearsal left", work: clear },
    { title: "Write stand-in secrets", work: writeSecrets },
    { title: "Deploy infra from nothing", work: (rehearsal, say) => deploy(rehearsal, "infra", say) },
    { title: "Deploy app from nothing", work: (rehearsal, say) => deploy(rehearsal, "app", say) },
    { title: "Everything is ready", work: expectReady },
    { title: "A second diff of infra is empty", work: (rehearsal) => expectEmpty(rehearsal, "infra") },
    { title: "A second diff of app is empty", work: (rehearsal) => expectEmpty(rehearsal, "app") },
    { title: `Change ${CHANGED}, and nothing else changes`, work: changeOne },
    ...(options.keep ? [] : TAKE_DOWN),
  ];
}

const TAKE_DOWN: readonly Step<Rehearsal>[] = [
  { title: "Destroy app", work: (rehearsal, say) => destroy(rehearsal, "app", say) },
  { title: "Destroy infra", work: (rehearsal, say) => destroy(rehearsal, "infra", say) },
  { title: "Nothing is left", work: expectNothing },
];

function timed(all: readonly Step<Rehearsal>[], report: Shown[]): Step<Rehearsal>[] {
  return all.map(({ title, work }) => ({
    title,
    work: async (rehearsal, say) => {
      const start = performance.now();
      let result = "failed";
      try {
        result = (await work(rehearsal, say)) ?? "done";
        return `${title}: ${result}`;
      } finally {
        const seconds = Math.round((performance.now() - start) / 100) / 10;
        report.push({ step: title, outcome: result, seconds });
      }
    },
  }));
}

async function begin(
  rehearsal: Rehearsal,
  options: RehearseOptions,
  say: (line: string) => void,
): Promise<string> {
  const emulator = await findEmulator(options.docker, say);
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
    await watching(rehearsal.session, planned.folder, (watch) => apply(planned, say, watch), say);
    return outcome(planned);
  });
}

async function expectReady({ session }: Rehearsal, say: (line: string) => void): Promise<string> {
  const findings: Finding[] = [];
  for (const { title, look } of await looks(session)) {
    say(title);
    findings.push(await look());
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

function tell(
  { name }: Environment,
  report: readonly Shown[],
  milliseconds: number,
  { json }: RehearseOptions,
): void {
  if (json) {
    console.log(
      JSON.stringify({ environment: name, steps: report, seconds: Math.round(milliseconds / 1000) }, null, 2),
    );
    return;
  }
  const rows = report.map(({ step, outcome: what, seconds }) => [step, duration(seconds * 1000), what]);
  console.log(["", ...columns([...rows, ["total", duration(milliseconds), ""]])].join("\n"));
}
