import { spawnSync } from "node:child_process";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { EMULATED_ACCOUNT } from "../../environments/schema";
import { clientConfig, isLocal } from "../cli/aws";
import { CommandError } from "../cli/exit-codes";
import { startMiniStack } from "./ministack";

/** Where the rehearsal's AWS is. */
export interface Emulator {
  readonly endpoint: string;
  /** As pods in its clusters reach it; undefined for an emulator that was there before, which says so by settings. */
  readonly fromPods?: string;
  /** Ends what was started for the rehearsal. */
  readonly stop: () => Promise<void>;
}

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

/** The emulator that AWS_ENDPOINT_URL names, or a MiniStack of our own where there is Docker. */
export async function findEmulator(say: (line: string) => void): Promise<Emulator> {
  const endpoint = process.env["AWS_ENDPOINT_URL"];
  if (endpoint !== undefined && endpoint !== "") {
    await expectEmulator(endpoint);
    return { endpoint, stop: () => Promise.resolve() };
  }
  const docker = dockerTrouble();
  if (docker !== undefined)
    throw new CommandError(
      `A rehearsal needs an AWS emulator, and there is neither one (AWS_ENDPOINT_URL is not set) nor Docker to start one with (${docker}).`,
    );
  const started = await startMiniStack(say);
  process.env["AWS_ENDPOINT_URL"] = started.endpoint;
  await expectEmulator(started.endpoint);
  return started;
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

/** Undefined where Docker works. */
function dockerTrouble(): string | undefined {
  const { status, stderr, error } = spawnSync("docker", ["info", "--format", "{{.ID}}"], {
    encoding: "utf8",
    env: process.env,
  });
  if (error) return "there is no docker on the PATH";
  return status === 0 ? undefined : (stderr.trim().split("\n")[0] ?? "docker info failed");
}
