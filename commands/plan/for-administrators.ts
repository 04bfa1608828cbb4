import type { Environment } from "../../environments";
import { ciOf } from "../../environments/ci";
import { namesOf } from "../../environments/names";
import { SECRET_READERS } from "../../environments/secret-copiers";
import { CommandError } from "../cli/exit-codes";
import { commandLine } from "../cli/options";
import type { Session } from "../session/session";
import { differing, type PlanJson, type ResourceChange } from "../terraform/plan-json";
import type { StackFolder } from "../terraform/stack-folder";
import { notDeployed } from "./summary";

/** What CI's deploy role is not given, on purpose: constructs/ci/policies says why. */
export function isForAdministrators(environment: Environment, { type, change }: ResourceChange): boolean {
  const isCreated = change.actions.includes("create");
  if (type === "aws_kms_key") return isCreated;
  if (type === "aws_ecr_repository") return change.actions.includes("delete");
  const { name } = (change.after ?? {}) as { readonly name?: string };
  const { prefix } = namesOf(environment);
  const readsSecrets = SECRET_READERS.some((role) => name === `${prefix}-${role}`);
  const isTrusting = isCreated || differing(change).includes("assume_role_policy");
  return type === "aws_iam_role" && readsSecrets && isTrusting;
}

/** Why CI can't deploy a plan, and what to do instead; undefined if it can, or the environment has no CI. */
export function whyNotByCi(
  environment: Environment,
  { stack, nameOf }: Pick<StackFolder, "stack" | "nameOf">,
  { resource_changes: changes = [] }: PlanJson,
): string | undefined {
  const denied = changes.filter((resource) => isForAdministrators(environment, resource));
  if (environment.ci === undefined || denied.length === 0) return undefined;
  const what = denied.map(
    ({ address, type, change }) => `${change.actions.join(" and ")} ${nameOf(address)} (${type})`,
  );
  return `CI's deploy role may not ${what.join(", ")}. As an administrator, deploy ${stack} from your machine (docs/ci-roles.md): ${commandLine("deploy", environment, stack)}`;
}

/** Refuses, if CI's deploy role runs this, what AWS would deny it in the middle of an apply. */
export async function refuseForAdministrators(
  session: Session,
  folder: StackFolder,
  json: PlanJson,
): Promise<void> {
  const { environment } = session;
  const why = whyNotByCi(environment, folder, json);
  if (why === undefined) return;
  const { arn } = await session.identity();
  const role = arn.replace(/^(arn:[^:]+):sts::(\d+):assumed-role\/([^/]+)\/.*$/, "$1:iam::$2:role/$3");
  if (role === ciOf(environment)?.deployRole)
    throw new CommandError(`${notDeployed(environment, folder)}. ${why}`);
}
