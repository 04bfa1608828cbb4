import type { Environment } from "../../environments";
import { missingCluster } from "../../environments/hints";
import { CommandError } from "./exit-codes";
import { commandLine } from "./options";

/** Error of a command that needs the cluster. */
export function noCluster(environment: Environment): CommandError {
  return new CommandError(missingCluster(environment, commandLine("deploy", environment, "infra")));
}
