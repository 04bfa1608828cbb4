import { helmValues, synth, target } from "../../synth";

const ACCOUNT = "111122223333";
const LOKI = { account: ACCOUNT, observability: { logs: { kind: "loki", retentionDays: 14 } } };
const { infra } = synth("staging", LOKI);
const release = infra.one("helm_release", "loki");
const values = helmValues(release);

describe("Loki", () => {
  it("is one pod with nothing beside it", () => {
    expect(values).toMatchObject({ deploymentMode: "Monolithic", singleBinary: { replicas: 1 } });
    for (const part of ["chunksCache", "resultsCache", "gateway", "lokiCanary", "test", "ruler"])
      expect([part, values[part]]).toEqual([part, { enabled: false }]);
    for (const part of ["backend", "read", "write"]) expect(values[part]).toEqual({ replicas: 0 });
    expect(values["sidecar"]).toEqual({ rules: { enabled: false } });
  });

  it("keeps logs as long as the setting says, and deletes them by itself", () => {
    expect(values["loki"]).toMatchObject({
      limits_config: { retention_period: "336h" },
      compactor: { retention_enabled: true, delete_request_store: "s3" },
      schemaConfig: { configs: [{ store: "tsdb", object_store: "s3", schema: "v13" }] },
    });
  });

  it("has no volume that could stay behind or bind it to a zone: what it holds soon goes to the bucket", () => {
    expect(values["singleBinary"].persistence).toEqual({
      enabled: false,
      dataVolumeParameters: { emptyDir: { sizeLimit: "5Gi" } },
    });
    expect(values["loki"].ingester).toMatchObject({
      max_chunk_age: "15m",
      wal: { flush_on_shutdown: true },
    });
    expect(values["singleBinary"].affinity).toHaveProperty("nodeAffinity");
  });

  it("gets the bucket's name, which has the account's number, and starts after it", () => {
    const bucket = infra.one("aws_s3_bucket").body["bucket"] as string;
    expect(bucket).toBe(`wbot-staging-logs-${ACCOUNT}`);
    const { bucketNames } = values["loki"].storage;
    expect(bucketNames).toEqual({ chunks: bucket, ruler: bucket, admin: bucket });
    for (const type of ["aws_s3_bucket_policy", "aws_s3_bucket_lifecycle_configuration"])
      expect(infra.isAfter(release, infra.one(type))).toBe(true);
  });

  it("may use its bucket, and its key only for that", () => {
    const bucket = `arn:aws:s3:::wbot-staging-logs-${ACCOUNT}`;
    const policy = infra.one("aws_iam_role_policy", "loki-role");
    expect(target(infra, policy.body["policy"]).body["statement"]).toMatchObject([
      { actions: ["s3:ListBucket"], resources: [bucket] },
      { actions: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], resources: [`${bucket}/*`] },
      {
        actions: ["kms:Decrypt", "kms:GenerateDataKey"],
        condition: [
          { variable: "kms:ViaService", values: ["s3.us-east-1.amazonaws.com"] },
          { variable: "kms:EncryptionContext:aws:s3:arn", values: [bucket, `${bucket}/*`] },
        ],
      },
    ]);
  });

  it("needs no token of the Kubernetes API", () => {
    expect(values["serviceAccount"]).toEqual({ name: "loki", automountServiceAccountToken: false });
    expect(values["defaults"]).toEqual({ enableServiceLinks: false, automountServiceAccountToken: false });
  });

  it("asks an emulator instead of AWS", () => {
    const emulated = helmValues(
      synth("rehearsal", { observability: { logs: { kind: "loki" } } }).infra.one("helm_release", "loki"),
    );
    expect(emulated["loki"].storage.s3).toMatchObject({
      endpoint: "http://host.docker.internal:4566",
      s3ForcePathStyle: true,
      insecure: true,
    });
    expect(values["loki"].storage.s3).toEqual({ region: "us-east-1" });
  });
});
