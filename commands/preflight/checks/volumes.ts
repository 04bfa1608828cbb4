import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { EC2Client, GetEbsDefaultKmsKeyIdCommand } from "@aws-sdk/client-ec2";
import { pass, warn } from "../../cli/finding";
import { Unchecked, type Check } from "../check";

/** AWS's own key for volumes, which admits whoever may use EC2. */
const OWN = "alias/aws/ebs";

/** What Auto Scaling and the CSI driver do with a key. */
const ACTIONS =
  "kms:CreateGrant, kms:Decrypt, kms:DescribeKey, kms:Encrypt, kms:GenerateDataKey* and kms:ReEncrypt*";

/**
 * The key of the nodes' disks and of pods' volumes: the account's default, since neither names one. The policy of a customer
 * managed key may keep out the roles that need it, and then EC2 terminates each node as it starts.
 *
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
 */
export const volumes: Check = async ({ session: { client, environment, names } }) => {
  const { region } = environment;
  const { KmsKeyId: key = OWN } = await client(EC2Client).send(new GetEbsDefaultKmsKeyIdCommand({}));
  if (key.endsWith(OWN) || (await ownKeys(key, region)).some((id) => key.endsWith(id)))
    return pass(`new volumes are encrypted with ${OWN}`);
  return warn(
    `new volumes are encrypted with the account's default key, ${key}: unless its policy admits AWSServiceRoleForAutoScaling, no node starts; unless it admits ${names.prefix}-ebs-csi-role, pods get no volumes`,
    `In its policy, allow both roles ${ACTIONS} (by the condition aws:PrincipalArn if they don't exist yet: a deploy creates them)\nOr go back to AWS's own key, for all new volumes of this account and region: aws ec2 reset-ebs-default-kms-key-id --region ${region}`,
  );
};

/**
 * Id of AWS's own key, which EC2 may return instead of the alias; none if it doesn't exist yet. Asked with the AWS CLI, which
 * is needed for the cluster anyway.
 */
async function ownKeys(key: string, region: string): Promise<readonly string[]> {
  const query = `Aliases[?AliasName=='${OWN}'].TargetKeyId`;
  const args = ["kms", "list-aliases", "--region", region, "--output", "json", "--query", query];
  try {
    return JSON.parse((await promisify(execFile)("aws", args, { env: process.env })).stdout) as string[];
  } catch (error) {
    const { stderr = "", message } = error as Error & { readonly stderr?: string };
    throw new Unchecked(
      `it is unknown whether new volumes are encrypted with AWS's own key: EC2 names ${key}, and aws kms list-aliases failed (${stderr.trim() || message})`,
    );
  }
}
