import { synth, target } from "../../synth";

describe("the log group of the pods' logs", () => {
  it.each([
    ["staging", 7],
    ["prod", 30],
  ])("of %s keeps them %i days, encrypted with the environment's key", (name, days) => {
    const { infra } = synth(name);
    const { body } = infra.one("aws_cloudwatch_log_group", "log-store");
    expect(body).toMatchObject({ name: `/aws/eks/wbot-${name}/pods`, retention_in_days: days });
    expect(target(infra, body["kms_key_id"])).toBe(infra.one("aws_kms_key"));
  });

  it("has the stream that CloudWatch's endpoint doesn't make", () => {
    const { infra } = synth("prod");
    const stream = infra.one("aws_cloudwatch_log_stream");
    expect(target(infra, stream.body["log_group_name"])).toBe(
      infra.one("aws_cloudwatch_log_group", "log-store"),
    );
  });

  it("is not there where logs go elsewhere, or nowhere", () => {
    for (const [name, overrides] of [
      ["dev", {}],
      ["prod", { observability: { logs: { kind: "loki" } } }],
      ["prod", { observability: { logs: { kind: "otlp", endpoint: "https://otlp.example.com" } } }],
    ] as const)
      expect(
        synth(name, overrides).infra.all.filter(
          ({ path, type }) => path.startsWith("log-store") && type.startsWith("aws_cloudwatch"),
        ),
      ).toEqual([]);
  });
});

describe("the bucket of Loki's logs", () => {
  const LOKI = { observability: { logs: { kind: "loki", retentionDays: 14 } } };
  const { infra } = synth("staging", LOKI);

  it("is closed, and encrypted with the environment's key", () => {
    expect(infra.one("aws_s3_bucket_public_access_block").body).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    const [rule] = infra.one("aws_s3_bucket_server_side_encryption_configuration").body["rule"];
    expect(rule).toMatchObject({ bucket_key_enabled: true, blocked_encryption_types: ["SSE-C"] });
    expect(target(infra, rule.apply_server_side_encryption_by_default.kms_master_key_id)).toBe(
      infra.one("aws_kms_key"),
    );
  });

  it("refuses what comes without TLS, and nothing for lack of an encryption that it has by default", () => {
    const policy = infra.one("aws_s3_bucket_policy").body["policy"] as string;
    expect(policy).toContain("aws:SecureTransport");
    expect(policy).toContain("s3:TlsVersion");
    expect(policy).not.toContain("x-amz-server-side-encryption");
  });

  it("deletes an object a week after Loki should have", () => {
    const [rule] = infra.one("aws_s3_bucket_lifecycle_configuration").body["rule"];
    expect(rule).toMatchObject({ status: "Enabled", expiration: [{ days: 21 }] });
  });

  it("is emptied and destroyed with its environment, unless that is protected", () => {
    expect(infra.one("aws_s3_bucket").body).toMatchObject({
      force_destroy: true,
      lifecycle: { prevent_destroy: false },
    });
    expect(synth("prod", LOKI).infra.one("aws_s3_bucket").body).toMatchObject({
      force_destroy: false,
      lifecycle: { prevent_destroy: true },
    });
  });

  it("outlives a change to another kind if its environment is protected, closed as it was", () => {
    const bucket = synth("prod", LOKI).infra.all.filter(({ type }) => type.startsWith("aws_s3_bucket"));
    expect(bucket).toHaveLength(6);
    const removed = synth("prod").infra.json["removed"] as object[];
    expect(removed).toHaveLength(6);
    expect(removed).toEqual(
      expect.arrayContaining(
        bucket.map(({ address }) => ({ from: address, lifecycle: [{ destroy: false }] })),
      ),
    );
    for (const each of [synth("prod", LOKI), synth("dev"), synth("staging")])
      expect(each.infra.json["removed"]).toBeUndefined();
  });
});
