import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { EMULATED_ACCOUNT, isLocal } from "../../environments/emulator";
import { clientConfig } from "../cli/aws";
import { CommandError, EXIT } from "../cli/exit-codes";
import { ministackTrouble, startMiniStack, type Endpoint } from "./ministack";

/** Uses the keys that emulators accept instead of this shell's credentials. */
export function useEmulatorsKeys(env: NodeJS.ProcessEnv = process.env): void {
  for (const name of ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"])
    Reflect.deleteProperty(env, name);
  env["AWS_ACCESS_KEY_ID"] = "test";
  env["AWS_SECRET_ACCESS_KEY"] = "test";
  env["AWS_EC2_METADATA_DISABLED"] = "true";
}

/** Refuses endpoints that are not on this machine: they might be AWS. */
export function refuseRemoteEndpoints(env: NodeJS.ProcessEnv = process.env): void {
  for (const [name, url] of Object.entries(env)) {
    if (!name.startsWith("AWS_ENDPOINT_URL") || url === undefined || url === "" || isLocal(url)) continue;
    throw new CommandError(
      `${name} is "${url}", which is not on this machine: a rehearsal only uses an emulator at localhost. Nothing was called. Unset it: unset ${name}`,
    );
  }
}

/** The emulator that AWS_ENDPOINT_URL names or, with `docker`, a MiniStack started here. */
export async function findEmulator(docker: boolean, say: (line: string) => void): Promise<Endpoint> {
  const named = process.env["AWS_ENDPOINT_URL"] ?? "";
  if (!docker) {
    await expectEmulator(named);
    return { endpoint: named, stop: () => Promise.resolve() };
  }
  if (named !== "")
    throw new CommandError(
      "--docker starts an emulator, but AWS_ENDPOINT_URL names another: remove --docker, or unset AWS_ENDPOINT_URL.",
      EXIT.usage,
    );
  const trouble = ministackTrouble();
  if (trouble !== undefined)
    throw new CommandError(`--docker can't start an emulator on this machine. Missing: ${trouble}.`);
  const started = await startMiniStack(say);
  process.env["AWS_ENDPOINT_URL"] = started.endpoint;
  try {
    await expectEmulator(started.endpoint);
  } catch (error) {
    await started.stop();
    throw error;
  }
  return started;
}

/** Checks that it has an emulator's account, and that it answers, before the first deploy. */
async function expectEmulator(endpoint: string): Promise<void> {
  const sts = new STSClient({ ...clientConfig("us-east-1"), maxAttempts: 1 });
  const account = await sts.send(new GetCallerIdentityCommand({})).then(
    (answer) => answer.Account,
    (error: unknown) => {
      throw new CommandError(
        `AWS_ENDPOINT_URL is "${endpoint}", but no emulator answers there (${(error as Error).message}). Start it, or unset AWS_ENDPOINT_URL.`,
      );
    },
  );
  if (account === EMULATED_ACCOUNT) return;
  throw new CommandError(
    `The API at ${endpoint} reports the account ${account ?? "(none)"}, but an emulator's is ${EMULATED_ACCOUNT}: nothing was changed there.`,
  );
}
