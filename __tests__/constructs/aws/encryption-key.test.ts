import { synth, target } from "../../synth";

const ACCOUNT = "111122223333";
const { infra } = synth("prod", { account: ACCOUNT });
const key = infra.one("aws_kms_key");

it("is rotated, can be restored for a week, and has an alias", () => {
  expect(key.body).toMatchObject({ enable_key_rotation: true, deletion_window_in_days: 7 });
  const alias = infra.one("aws_kms_alias").body;
  expect(alias["name"]).toBe("alias/wbot-prod");
  expect(target(infra, alias["target_key_id"])).toBe(key);
});

it("admits the account's policies, and CloudWatch for this account's log groups and alarms only", () => {
  expect(target(infra, key.body["policy"]).body["statement"]).toEqual([
    {
      sid: "Account",
      principals: [{ type: "AWS", identifiers: [`arn:aws:iam::${ACCOUNT}:root`] }],
      actions: ["kms:*"],
      resources: ["*"],
    },
    {
      sid: "Logs",
      principals: [{ type: "Service", identifiers: ["logs.us-east-1.amazonaws.com"] }],
      actions: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
      resources: ["*"],
      condition: [
        {
          test: "ArnLike",
          variable: "kms:EncryptionContext:aws:logs:arn",
          values: [`arn:aws:logs:us-east-1:${ACCOUNT}:log-group:*`],
        },
      ],
    },
    {
      sid: "Alarms",
      principals: [{ type: "Service", identifiers: ["cloudwatch.amazonaws.com"] }],
      actions: ["kms:Decrypt", "kms:GenerateDataKey*"],
      resources: ["*"],
      condition: [
        {
          test: "ArnLike",
          variable: "aws:SourceArn",
          values: [`arn:aws:cloudwatch:us-east-1:${ACCOUNT}:alarm:*`],
        },
      ],
    },
  ]);
});

it("encrypts every log group", () => {
  const groups = infra.of("aws_cloudwatch_log_group");
  expect(groups).toHaveLength(5);
  for (const { body } of groups) expect(target(infra, body["kms_key_id"])).toBe(key);
});

it("encrypts nothing that outlives it", () => {
  const users = infra.all
    .filter(({ body }) => JSON.stringify(body).includes(`${key.address}.`))
    .map(({ type }) => type);
  expect(new Set(users)).toEqual(
    new Set(["aws_cloudwatch_log_group", "aws_eks_cluster", "aws_kms_alias", "aws_sns_topic"]),
  );
});
