import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EC2Client, GetEbsDefaultKmsKeyIdCommand } from "@aws-sdk/client-ec2";
import { mockClient } from "aws-sdk-client-mock";
import { readPolicy } from "../../../../constructs/ci/policies/read";
import { scope } from "../../../constructs/ci/scope";
import { synth } from "../../../synth";
import { look } from "../look";

const KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

const ec2 = mockClient(EC2Client);
const { PATH: path } = process.env;
const folder = mkdtempSync(join(tmpdir(), "wbot-volumes-"));
beforeEach(() => {
  process.env["PATH"] = `${folder}:${path ?? ""}`;
});
afterAll(() => {
  process.env["PATH"] = path;
});

/** What is found where EC2 names a key, and the AWS CLI is a shell script. */
function found(KmsKeyId: string, cli = "exit 1") {
  ec2.on(GetEbsDefaultKmsKeyIdCommand).resolves({ KmsKeyId });
  writeFileSync(join(folder, "aws"), `#!/bin/sh\n${cli}\n`, { mode: 0o755 });
  return look("volumes");
}

const OWN = [["pass", "new volumes are encrypted with alias/aws/ebs"]];

it.each(["alias/aws/ebs", "arn:aws:kms:us-east-1:111122223333:alias/aws/ebs"])(
  "passes for AWS's own key: %s",
  async (alias) => {
    expect(await found(alias)).toEqual(OWN);
  },
);

it("passes for AWS's own key by its id, which EC2 returns once somebody has reset the default", async () => {
  expect(await found(KEY, `echo '["${KEY.split("/")[1] ?? ""}"]'`)).toEqual(OWN);
});

it.each(["[]", '["0000aaaa-12ab-34cd-56ef-1234567890ab"]'])(
  "warns of a customer managed key, with the roles that its policy must admit: AWS's own is %s",
  async (own) => {
    expect(await found(KEY, `echo '${own}'`)).toEqual([
      [
        "warn",
        `new volumes are encrypted with the account's default key, ${KEY}: unless its policy admits AWSServiceRoleForAutoScaling, no node starts; unless it admits wbot-dev-ebs-csi-role, pods get no volumes`,
        "In its policy, allow both roles kms:CreateGrant, kms:Decrypt, kms:DescribeKey, kms:Encrypt, kms:GenerateDataKey* and kms:ReEncrypt* (by the condition aws:PrincipalArn if they don't exist yet: a deploy creates them)\nOr go back to AWS's own key, for all new volumes of this account and region: aws ec2 reset-ebs-default-kms-key-id --region us-east-1",
      ],
    ]);
    expect(synth("dev").infra.one("aws_iam_role", "ebs-csi-role").body["name"]).toBe("wbot-dev-ebs-csi-role");
  },
);

it("says so if it can't tell the two apart", async () => {
  expect(await found(KEY, "echo 'AccessDenied: kms:ListAliases' >&2; exit 254")).toEqual([
    [
      "warn",
      `could not check: it is unknown whether new volumes are encrypted with AWS's own key: EC2 names ${KEY}, and aws kms list-aliases failed (AccessDenied: kms:ListAliases)`,
    ],
  ]);
});

it("asks AWS only for what CI's roles may read", () => {
  const allowed = readPolicy(scope()).Statement.flatMap(({ Action = [] }) => Action);
  expect(allowed).toEqual(expect.arrayContaining(["ec2:GetEbsDefaultKmsKeyId", "kms:ListAliases"]));
});
