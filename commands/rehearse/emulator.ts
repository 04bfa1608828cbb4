import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { EMULATED_ACCOUNT } from "../../environments/schema";
import { clientConfig } from "../cli/aws";
import { isLocal } from "../../environments/emulator";
import { CommandError, EXIT } from "../cli/exit-codes";
import type { Endpoint } from "./endpoint";
import { ministackTrouble, startMiniStack } from "./ministack";

/** The keys that emulators take, in place of whatever this shell is signed in with. */
export function useEmulatorsKeys(env: NodeJS.ProcessEnv = process.env): void {
  for (const name of ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"])
    Reflect.deleteProperty(env, name);
  env["AWS_ACCESS_KEY_ID"] = "test";
  env["AWS_SECRET_ACCESS_KEY"] = "test";
  env["AWS_EC2_METADATA_DISABLED"] = "true";
}

/** Refuses every endpoint that is not on this machine: what answers there might be AWS. */
export function refuseRemoteEndpoints(env: NodeJS.ProcessEnv = process.env): void {
  for (const [name, url] of Object.entries(env)) {
    if (!name.startsWith("AWS_ENDPOINT_URL") || url === undefined || url === "" || isLocal(url)) continue;
    throw new CommandError(
      `${name} is "${url}", which is not on this machine: a rehearsal only uses an emulator at localhost. Nothing was called. Unset it: unset ${name}`,
    );
  }
}

export interface EmulatorOptions {
  /** Starts one of our own with Docker. Asked for, since it pulls images and runs a privileged container. */
  readonly docker: boolean;
}

/** Which emulator is rehearsed against. */
export function chosenEmulator(
  { docker }: EmulatorOptions,
  env: NodeJS.ProcessEnv = process.env,
): "named" | "docker" | "none" {
  const named = env["AWS_ENDPOINT_URL"] !== undefined && env["AWS_ENDPOINT_URL"] !== "";
  if (docker && named)
    throw new CommandError(
      "--docker starts an emulator, and AWS_ENDPOINT_URL names another: leave out the one, or unset AWS_ENDPOINT_URL.",
      EXIT.usage,
    );
  return docker ? "docker" : named ? "named" : "none";
}

/** The emulator that AWS_ENDPOINT_URL names, or a MiniStack of our own. */
export async function findEmulator(options: EmulatorOptions, say: (line: string) => void): Promise<Endpoint> {
  switch (chosenEmulator(options)) {
    case "named": {
      const endpoint = process.env["AWS_ENDPOINT_URL"] ?? "";
      await expectEmulator(endpoint);
      return { endpoint, stop: () => Promise.resolve() };
    }
    case "docker": {
      const trouble = ministackTrouble();
      if (trouble !== undefined)
        throw new CommandError(`--docker can't start an emulator on this machine. Missing: ${trouble}.`);
      const started = await startMiniStack(say);
      process.env["AWS_ENDPOINT_URL"] = started.endpoint;
      await expectEmulator(started.endpoint);
      return started;
    }
    case "none":
      throw new CommandError(
        "A rehearsal needs an AWS emulator, and AWS_ENDPOINT_URL names none. Start one, or see docs/rehearsal.md for one that is started with Docker.",
      );
  }
}

/** Its account is none of AWS's; one that does not answer is told of here and not by the first deploy. */
async function expectEmulator(endpoint: string): Promise<void> {
  const sts = new STSClient({ ...clientConfig("us-east-1"), maxAttempts: 1 });
  const account = await sts.send(new GetCallerIdentityCommand({})).then(
    (answer) => answer.Account,
    (error: unknown) => {
      throw new CommandError(
        `AWS_ENDPOINT_URL is "${endpoint}", but no emulator answers there (${(error as Error).name}). Start it, or unset AWS_ENDPOINT_URL.`,
      );
    },
  );
  if (account === EMULATED_ACCOUNT) return;
  throw new CommandError(
    `What answers at ${endpoint} says that it is the account ${account ?? "(none)"}, but an emulator's is ${EMULATED_ACCOUNT}: nothing was changed there.`,
  );
}
