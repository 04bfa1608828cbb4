import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { ciOf } from "../../../environments/ci";
import { unlessNoEntity } from "../../cli/aws";
import { commandLine } from "../../cli/options";
import { fail, pass } from "../../cli/finding";
import type { Check } from "../check";

/** Whether CI's roles exist, if the environment has CI: the cluster grants them access. */
export const ci: Check = async ({ session: { client, environment } }) => {
  const wanted = ciOf(environment);
  if (wanted === undefined) return [];
  const iam = client(IAMClient);
  const names = [wanted.planRole, wanted.deployRole].map((arn) => arn.replace(/^.*\//, ""));
  const found = await Promise.all(
    names.map((RoleName) => unlessNoEntity(iam.send(new GetRoleCommand({ RoleName })))),
  );
  const missing = names.filter((_, index) => found[index] === undefined);
  if (missing.length === 0) return pass(`${names.join(" and ")} exist`);
  return fail(
    `${missing.join(" and ")} ${missing.length === 1 ? "does" : "do"} not exist, so the cluster can't grant access`,
    commandLine("bootstrap", environment),
  );
};
