import { synth, target } from "../../synth";

const LOKI = { observability: { logs: { kind: "loki", retentionDays: 14 } } };
const { infra } = synth("staging", LOKI);

describe("the bucket of Loki's logs", () => {
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
