import { GetPolicyCommand, GetPolicyVersionCommand, IAMClient, type Role } from "@aws-sdk/client-iam";
import { ciOf } from "../../../environments/ci";
import { ciRights, nameIn, type CiRole } from "../../../stacks/bootstrap";
import { unlessMissing } from "../../cli/aws";
import { commandLine } from "../../cli/options";
import { fail, pass } from "../../cli/finding";
import type { Check } from "../check";
import { iamRole } from "../iam-role";

const SECONDS_PER_HOUR = 3600;

/**
 * Whether CI's roles exist, if the environment has CI, since the cluster grants them access; and whether they and their
 * policies are what these settings need, such as for the record of a new host.
 */
export const ci: Check = async ({ session }) => {
  const { client, environment } = session;
  if (ciOf(environment) === undefined) return [];
  const iam = client(IAMClient);
  const { roles, policies } = ciRights(environment);
  const names = roles.map(({ arn }) => nameIn(arn));
  const found = await Promise.all(names.map((name) => iamRole(session, name)));
  const documents = await Promise.all(policies.map(({ arn }) => documentOf(iam, arn)));
  const behind = [
    ...roles.filter((role, index) => !isWanted(found[index], role)),
    ...policies.filter(({ document }, index) => !covers(documents[index], document)),
  ].map(({ arn }) => nameIn(arn));
  return behind.length === 0
    ? pass(`${names.join(" and ")} exist, with the policies that they need`)
    : fail(
        `${behind.join(", ")} don't exist, or aren't what these settings need: AWS would refuse something halfway through a deploy, or allow more than necessary`,
        commandLine("bootstrap", environment),
      );
};

function isWanted(role: Role | undefined, { trust, hours }: CiRole): boolean {
  return (
    (role?.MaxSessionDuration ?? 0) >= hours * SECONDS_PER_HOUR &&
    covers(parsed(role?.AssumeRolePolicyDocument), trust)
  );
}

/** The policy's document in IAM; undefined if the policy doesn't exist. */
async function documentOf(iam: IAMClient, PolicyArn: string): Promise<unknown> {
  const policy = await unlessMissing(iam.send(new GetPolicyCommand({ PolicyArn })));
  const VersionId = policy?.Policy?.DefaultVersionId;
  if (VersionId === undefined) return undefined;
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
  return parsed(PolicyVersion?.Document);
}

/** IAM returns its documents as parts of a URL. */
function parsed(document = "null"): unknown {
  return JSON.parse(decodeURIComponent(document));
}

/**
 * Whether each list has at least what is wanted, under the same conditions. It may have more: what a host that goes needs until
 * it is gone.
 */
function covers(found: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return Array.isArray(found) && wanted.every((each) => found.some((other) => covers(other, each)));
  if (typeof wanted !== "object" || wanted === null) return found === wanted;
  if (typeof found !== "object" || found === null) return false;
  const keys = new Set([...Object.keys(found), ...Object.keys(wanted)]);
  return [...keys].every((key) => covers(Reflect.get(found, key), Reflect.get(wanted, key)));
}
