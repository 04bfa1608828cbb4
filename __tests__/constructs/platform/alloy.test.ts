import { LOGS_AT_A_VENDOR } from "../../shapes";
import { helmValues, synth, target, type Body } from "../../synth";

const ACCOUNT = "111122223333";
const written = synth("prod", { account: ACCOUNT });
const values = helmValues(written.infra.one("helm_release", "alloy/"));

describe("Alloy", () => {
  it("is there only where logs are sent somewhere", () => {
    const { infra } = synth("prod", { observability: { logs: { kind: "none" } } });
    expect(infra.all.filter(({ path }) => /^(alloy|loki|log-store)/.test(path))).toEqual([]);
    expect(
      synth("dev")
        .infra.of("helm_release")
        .map(({ path }) => path),
    ).not.toContain("alloy/release");
  });

  it("is one pod, never two at a time, which would send each line twice", () => {
    expect(values["controller"]).toMatchObject({
      type: "deployment",
      replicas: 1,
      updateStrategy: { type: "Recreate" },
    });
    expect(values["alloy"].clustering).toBeUndefined();
  });

  it("reads pods and their logs, and no Secret", () => {
    // Neither list may be empty: the chart's manifest would not be valid YAML.
    expect(values["rbac"]).toEqual({
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }],
      clusterRules: [{ apiGroups: [""], resources: ["pods/log"], verbs: ["get"] }],
    });
  });

  it("sees nothing of its node", () => {
    expect(values["alloy"].mounts.varlog).toBeUndefined();
    expect(JSON.stringify(values)).not.toMatch(/hostPath|hostNetwork|hostPID/);
    const volumes = values["controller"].volumes.extra as Body[];
    expect(volumes).toEqual([{ name: "storage", emptyDir: { sizeLimit: "256Mi" } }]);
    expect(values["alloy"].storagePath).toBe(values["alloy"].mounts.extra[0].mountPath);
  });

  it("reports nothing to its publisher, installs no custom resources and serves nobody", () => {
    expect(values).toMatchObject({
      crds: { create: false },
      configReloader: { enabled: false },
      service: { enabled: false },
      alloy: { enableReporting: false },
    });
  });

  it("may write to the one stream of the pods' logs, and nothing else", () => {
    const policy = written.infra.one("aws_iam_role_policy", "alloy-role");
    expect(target(written.infra, policy.body["policy"]).body["statement"]).toEqual([
      {
        sid: "WriteLogs",
        actions: ["logs:PutLogEvents"],
        resources: [`arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/aws/eks/wbot-prod/pods:log-stream:pods`],
      },
    ]);
  });

  it("has no role where it calls nothing of AWS", () => {
    for (const overrides of [LOGS_AT_A_VENDOR, { observability: { logs: { kind: "loki" } } }])
      expect(synth("prod", overrides).infra.all.filter(({ path }) => path.startsWith("alloy-role"))).toEqual(
        [],
      );
  });

  it("starts after its role and the stream it writes to, and is gone before them", () => {
    const release = written.infra.one("helm_release", "alloy/");
    for (const type of ["aws_cloudwatch_log_stream", "aws_eks_pod_identity_association"])
      for (const each of written.infra.of(type).filter(({ path }) => /^(log-store|alloy)/.test(path)))
        expect([each.path, written.infra.isAfter(release, each)]).toEqual([each.path, true]);
  });

  it("starts after Loki", () => {
    const { infra } = synth("staging", { observability: { logs: { kind: "loki" } } });
    expect(infra.isAfter(infra.one("helm_release", "alloy/"), infra.one("helm_release", "loki"))).toBe(true);
  });

  it("waits for no other controller where it needs none", () => {
    const { infra } = synth("dev", { observability: { logs: { kind: "cloudwatch" } } });
    const [alloy, traefik] = ["alloy/", "traefik"].map((name) => infra.one("helm_release", name));
    expect(alloy && traefik && infra.isAfter(alloy, traefik)).toBe(false);
  });
});

describe("Alloy's key of a vendor", () => {
  const vendor = synth("prod", LOGS_AT_A_VENDOR).infra;
  const release = vendor.one("helm_release", "alloy/release");
  const own = helmValues(release);

  it("is a file that only Alloy has, of the Secret that is copied from the app secret", () => {
    const objects = helmValues(vendor.one("helm_release", "alloy-secrets/copies"))["extraObjects"] as Body[];
    const secret = objects.find(({ kind }) => kind === "ExternalSecret");
    expect(secret?.["spec"].data).toEqual([
      { secretKey: "key", remoteRef: { key: "wbot/prod/app", property: "OTLP_LOGS_KEY" } },
    ]);
    expect(own["controller"].volumes.extra).toContainEqual({
      name: "otlp",
      secret: { secretName: secret?.["spec"].target.name },
    });
    expect(own["alloy"].mounts.extra).toContainEqual({
      name: "otlp",
      mountPath: "/etc/otlp",
      readOnly: true,
    });
  });

  it("is asked for before Alloy starts, which waits for it, and until Alloy is gone", () => {
    expect(vendor.isAfter(release, vendor.one("helm_release", "alloy-secrets/copies"))).toBe(true);
  });

  it("is not there otherwise", () => {
    expect(written.infra.all.filter(({ path }) => path.startsWith("alloy-secrets"))).toEqual([]);
    expect(JSON.stringify(values)).not.toContain("OTLP_LOGS_KEY");
  });
});
