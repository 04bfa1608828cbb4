import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { EMULATED_ACCOUNT, isLocal } from "../../environments/emulator";
import { clientConfig } from "../cli/aws";
import { CommandError, EXIT } from "../cli/exit-codes";
import type { Endpoint } from "./endpoint";
import { ministackTrouble, startMiniStack } from "./ministack";

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

export interface EmulatorOptions {
  /** Starts one with Docker. Opt-in, since it pulls images and runs a privileged container. */
  readonly docker: boolean;
}

/** Which emulator to rehearse against. */
export function chosenEmulator(
  { docker }: EmulatorOptions,
  env: NodeJS.ProcessEnv = process.env,
): "named" | "docker" | "none" {
  const named = env["AWS_ENDPOINT_URL"] !== undefined && env["AWS_ENDPOINT_URL"] !== "";
  if (docker && named)
    throw new CommandError(
      "--docker starts an emulator, but AWS_ENDPOINT_URL names another: remove --docker, or unset AWS_ENDPOINT_URL.",
      EXIT.usage,
    );
  return docker ? "docker" : named ? "named" : "none";
}

/** The emulator that AWS_ENDPOINT_URL names, or a MiniStack started here. */
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
        "A rehearsal needs an AWS emulator, but AWS_ENDPOINT_URL is not set. Start one, or see docs/rehearsal.md to have one started with Docker.",
      );
  }
}

/** Checks that it has an emulator's account, and that it answers, before the first deploy. */
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
    `The API at ${endpoint} reports the account ${account ?? "(none)"}, but an emulator's is ${EMULATED_ACCOUNT}: nothing was changed there.`,
  );
}
