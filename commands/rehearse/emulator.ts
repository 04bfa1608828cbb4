import { isLocal, shownEndpoint } from "../../environments/emulator";
import { refuseInvalidEndpoint } from "../../stacks/ambient";
import { CommandError, EXIT } from "../cli/exit-codes";
import { step } from "../cli/progress";
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
  refuseInvalidEndpoint(env);
  for (const [name, url] of Object.entries(env)) {
    if (!name.startsWith("AWS_ENDPOINT_URL") || url === undefined || url === "" || isLocal(url)) continue;
    throw new CommandError(
      `${name} is ${shownEndpoint(url)}, which is not on this machine: a rehearsal only uses an emulator at localhost. Nothing was called. Unset it: unset ${name}`,
    );
  }
}

/** Starts a MiniStack, to which AWS calls go from then on. */
export async function startEmulator(): Promise<Endpoint> {
  if ((process.env["AWS_ENDPOINT_URL"] ?? "") !== "")
    throw new CommandError(
      "--docker starts an emulator, but AWS_ENDPOINT_URL names another: remove --docker, or unset AWS_ENDPOINT_URL.",
      EXIT.usage,
    );
  const trouble = ministackTrouble();
  if (trouble !== undefined)
    throw new CommandError(`--docker can't start an emulator on this machine. Missing: ${trouble}.`);
  const done = ({ endpoint, log }: Endpoint) => `Started an emulator: ${endpoint}, log: ${log}`;
  const started = await step({ title: "Starting an emulator", done }, startMiniStack);
  process.env["AWS_ENDPOINT_URL"] = started.endpoint;
  return started;
}
