import { custom, helmValues, synth, target, type Body, type Written } from "../../synth";
import { MEASURED, REMOTE, rulesOf } from "../workloads/monitoring/expressions";

const ACCOUNT = "111122223333";
const prod = synth("prod", { account: ACCOUNT });
const release = ({ infra }: Written, name = "kube-prometheus-stack") => infra.one("helm_release", name);
const values = helmValues(release(prod));
const elsewhere = (metrics: object) =>
  synth("staging", { account: ACCOUNT, observability: { metrics: { kind: "remote-write", ...metrics } } });
const AMP = "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-0123-abcd/api/v1/remote_write";

describe("without metrics", () => {
  it("dev gets nothing of it, and Traefik and the product's pods admit no Prometheus", () => {
    const text = JSON.stringify([synth("dev").infra.json, synth("dev").app.json]);
    expect(text).not.toMatch(/prometheus|monitoring\.coreos|watchdog|addRoutersLabels/i);
  });
});

describe("the release", () => {
  it("comes after the kinds that it needs, which are a release of their own, and is gone before them", () => {
    expect(prod.infra.isAfter(release(prod), release(prod, "prometheus-operator-crds"))).toBe(true);
    expect(values["crds"]).toEqual({ enabled: false });
  });

  it("has none of what EKS hides, and none of what restricted pod security refuses", () => {
    for (const name of [
      "kubeApiServer",
      "kubeControllerManager",
      "kubeScheduler",
      "kubeEtcd",
      "kubeProxy",
      "nodeExporter",
    ])
      expect([name, values[name]]).toEqual([name, { enabled: false }]);
    expect(values["grafana"].initChownData).toEqual({ enabled: false });
  });

  it("has no webhooks, whose jobs and certificates would need rules of their own, and so no TLS for them", () => {
    expect(values["prometheusOperator"]).toMatchObject({
      admissionWebhooks: { enabled: false },
      tls: { enabled: false },
    });
  });

  it("turns on no finalizer, which would keep the namespace from going when the operator has gone", () => {
    expect(JSON.stringify(values)).not.toContain("StatusForConfigurationResources");
  });

  it("has none of the chart's own rules and dashboards", () => {
    expect(values["defaultRules"]).toEqual({ create: false });
    expect(values["grafana"].defaultDashboardsEnabled).toBe(false);
  });
});

describe("the rights in the cluster", () => {
  const objects = values["extraManifests"] as Body[];
  const rules = (kind: string) => objects.filter((each) => each["kind"] === kind);

  it("are ours in place of the chart's, and none reads Secrets outside the monitoring's namespace", () => {
    expect(values["global"]).toEqual({ rbac: { create: false } });
    expect(values["grafana"].rbac).toEqual({ create: false });
    expect(values["kube-state-metrics"].collectors).not.toContain("secrets");
    expect(values["kube-state-metrics"].collectors).not.toContain("configmaps");
    expect(JSON.stringify(rules("ClusterRole"))).not.toMatch(/secrets|"resources":\["\*"\]/);
    const withSecrets = rules("Role").filter((role) => JSON.stringify(role).includes('"secrets"'));
    expect(withSecrets.map(({ metadata }) => metadata.namespace)).toEqual(["monitoring"]);
  });

  it("change and delete nothing outside it: in kube-system they could take over the cluster's DNS", () => {
    expect(new Set(rules("Role").map(({ metadata }) => metadata.namespace))).toEqual(new Set(["monitoring"]));
    expect(JSON.stringify(rules("ClusterRole"))).not.toMatch(/"(update|delete)"/);
    expect(values["prometheusOperator"].kubeletService).toEqual({ namespace: "monitoring" });
    // What the kubelets' ServiceMonitor selects.
    expect(values["kubelet"].namespace).toBe("monitoring");
  });

  it("are bound to accounts of that namespace, each to a role that is there", () => {
    for (const kind of ["Role", "ClusterRole"])
      for (const { roleRef, subjects } of rules(`${kind}Binding`)) {
        expect(rules(kind).map(({ metadata }) => metadata.name)).toContain(roleRef.name);
        expect(subjects).toEqual([expect.objectContaining({ namespace: "monitoring" })]);
      }
  });
});

it("leaves its CRDs in the cluster when metrics are turned off: app's objects of these kinds are deleted after them", () => {
  const { crds } = helmValues(release(prod, "prometheus-operator-crds"));
  expect(crds.annotations).toEqual({ "helm.sh/resource-policy": "keep" });
});

describe("Prometheus", () => {
  const { prometheusSpec } = values["prometheus"];

  it("runs twice in production, in two zones, on nodes that stay, with volumes that go with it", () => {
    const zones = prometheusSpec.topologySpreadConstraints.find(
      ({ topologyKey }: Body) => topologyKey === "topology.kubernetes.io/zone",
    );
    expect(prometheusSpec.replicas).toBe(2);
    expect(zones.whenUnsatisfiable).toBe("DoNotSchedule");
    expect(JSON.stringify(prometheusSpec.affinity)).toContain("ON_DEMAND");
    expect(prometheusSpec.persistentVolumeClaimRetentionPolicy).toEqual({
      whenDeleted: "Delete",
      whenScaled: "Delete",
    });
    const { storageClassName, resources } = prometheusSpec.storageSpec.volumeClaimTemplate.spec;
    const storage = prod.infra.one("kubernetes_storage_class_v1", "metrics-storage");
    expect(storage.body).toMatchObject({
      metadata: { name: storageClassName },
      reclaim_policy: "Delete",
      parameters: { type: "gp3", encrypted: "true" },
    });
    expect(resources.requests.storage).toBe("30Gi");
    expect(prod.infra.isAfter(release(prod), storage)).toBe(true);
  });

  it("starts in a zone that has one already, if it has no volume and no other zone has room", () => {
    const metrics = { kind: "in-cluster", replicas: 2 };
    const without = helmValues(release(synth("staging", { observability: { metrics } })))["prometheus"];
    const { topologySpreadConstraints } = without.prometheusSpec as Body;
    expect(
      Object.fromEntries(
        topologySpreadConstraints.map((each: Body) => [each["topologyKey"], each["whenUnsatisfiable"]]),
      ),
    ).toEqual({
      "kubernetes.io/hostname": "DoNotSchedule",
      "topology.kubernetes.io/zone": "ScheduleAnyway",
    });
  });

  it("deletes its oldest data before the volume is full", () => {
    expect(prometheusSpec).toMatchObject({ retention: "15d", retentionSize: "24GiB" });
  });

  it("leaves the volume driver's pods in place at a destroy, to delete what deleted claims leave", () => {
    const preserve = ({ infra }: Written) =>
      infra.one("aws_eks_addon", "aws-ebs-csi-driver").body["preserve"];
    expect(preserve(prod)).toBe(true);
    expect(preserve(synth("staging"))).toBe(false);
    expect(preserve(synth("dev"))).toBe(false);
  });

  it("keeps metrics on the node in staging, on any", () => {
    const spec = helmValues(release(synth("staging")))["prometheus"].prometheusSpec;
    expect(spec).toMatchObject({ replicas: 1, retention: "3d", affinity: {} });
    expect(spec.storageSpec).toEqual({ emptyDir: { sizeLimit: "8Gi" } });
    expect(
      synth("staging")
        .infra.of("kubernetes_storage_class_v1")
        .map(({ path }) => path),
    ).toEqual(["default-storage"]);
  });

  it("takes all rules and monitors of its namespace, whatever their labels", () => {
    for (const kind of ["rule", "serviceMonitor", "podMonitor"])
      expect(prometheusSpec[`${kind}SelectorNilUsesHelmValues`]).toBe(false);
  });
});

it("replaces kube-state-metrics' only pod on a lost node before alerts take its metrics for gone", () => {
  const tolerations = values["kube-state-metrics"].tolerations as Body[];
  for (const taint of ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]) {
    const [{ effect, tolerationSeconds } = {}] = tolerations.filter(({ key }) => key === taint);
    expect(effect).toBe("NoExecute");
    // Until Kubernetes takes the node for lost, until the pod is given up, and until another is scraped.
    const gone = 50 + Number(tolerationSeconds) + 60;
    const rules = custom(prod.app, "PrometheusRule", "wbot").body["manifest"].spec.groups[0].rules as Body[];
    const { expr } = rules.find(({ alert }) => alert === "WbotPodsNotReady") ?? {};
    const [, minutes] = /last_over_time\(kube_\w+\{[^}]*\}\[(\d+)m\]/.exec(expr as string) ?? [];
    expect(gone).toBeLessThan(Number(minutes) * 60);
  }
});

describe("Grafana", () => {
  const { grafana } = values;

  it("has no login and no password, and shows the ConfigMaps that app makes", () => {
    expect(grafana.env).toEqual({ GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: "true" });
    expect(grafana["grafana.ini"]).toMatchObject({
      "auth.anonymous": { enabled: true, org_role: "Viewer" },
      auth: { disable_login_form: true },
    });
    expect(grafana.sidecar.dashboards).toMatchObject({
      label: "grafana_dashboard",
      labelValue: "1",
      resource: "configmap",
      searchNamespace: "monitoring",
    });
  });

  it("also looks into Loki, where logs are in one", () => {
    const sources = (written: Written) =>
      helmValues(release(written))["grafana"].datasources["datasources.yaml"].datasources as Body[];
    const loki = synth("staging", {
      observability: { metrics: { kind: "in-cluster" }, logs: { kind: "loki" } },
    });
    expect(sources(prod).map(({ type }) => type as string)).toEqual(["prometheus"]);
    expect(sources(loki)[1]).toMatchObject({ type: "loki", url: "http://loki.loki.svc.cluster.local:3100" });
    for (const written of [prod, loki]) {
      const { plugins, users } = helmValues(release(written))["grafana"]["grafana.ini"];
      const disabled = (plugins.disable_plugins as string).split(",");
      expect(disabled).toContain("mysql");
      for (const { type } of sources(written)) expect(disabled).not.toContain(type);
      // Without it, a viewer has no Explore, and no dashboard shows logs.
      expect(users).toEqual({ viewers_can_edit: true });
    }
    expect(helmValues(release(prod))["grafana"]["grafana.ini"].plugins.disable_plugins).toContain("loki");
  });

  it("has room for its data sources' processes, and loses no memory to readers who leave", () => {
    expect(grafana.resources.limits.memory).toBe("768Mi");
    expect(grafana["grafana.ini"].server).toEqual({ enable_gzip: false });
  });

  it("is left out where metrics are kept elsewhere", () => {
    const remote = elsewhere({ url: "https://metrics.example.com/api/v1/write" });
    expect(helmValues(release(remote))["grafana"]).toEqual({ enabled: false });
  });
});

describe("Alertmanager", () => {
  it("mails nothing that users feel during maintenance, and all else", () => {
    const { inhibit_rules } = helmValues(release(REMOTE))["alertmanager"].config as Body;
    const all = rulesOf(REMOTE);
    const matched = (matchers: readonly string[]) =>
      all.filter(({ alert, labels }) =>
        matchers.every((matcher) => {
          const [, label = "", value] = /^(\w+) = "(.*)"$/.exec(matcher) ?? [];
          return { ...labels, alertname: alert }[label] === value;
        }),
      );
    const rules = inhibit_rules as { source_matchers: string[]; target_matchers: string[] }[];
    expect(
      rules.map(({ source_matchers: source, target_matchers: inhibited }) =>
        [source, inhibited].map((matchers) => matched(matchers).map(({ alert }) => alert as string)),
      ),
    ).toEqual([
      [
        ["WbotMaintenance"],
        [
          "WbotRequestsFail",
          "WbotRequestsFailSlowly",
          "WbotPagesSlow",
          "WbotStreamsCut",
          "WbotStreamsFail",
          "WbotAnswersSlow",
          "WbotPodsNotReady",
        ],
      ],
    ]);
  });

  it("mails each alert's runbook", () => {
    const [, people] = values["alertmanager"].config.receivers as Body[];
    expect(people?.["sns_configs"][0].message).toContain("Runbook: {{ .Annotations.runbook_url }}");
  });

  it("says in a mail's subject first how urgent it is, within the length that SNS takes", () => {
    const [, people] = values["alertmanager"].config.receivers as Body[];
    const { subject } = people?.["sns_configs"][0] as { subject: string };
    expect(subject).toBe(
      "{{ .CommonLabels.severity | toUpper }} {{ .Status | toUpper }}: {{ .CommonLabels.alertname }} (wbot-prod)",
    );
    const alerts = rulesOf(MEASURED).map(({ alert }) => (alert as string).length);
    const longest = `TICKET RESOLVED: ${"x".repeat(Math.max(...alerts))} (${"x".repeat(32)})`;
    expect(longest.length).toBeLessThan(100);
  });

  it("publishes to the topic of the alarms, by the role of its own account, with the key of that topic", () => {
    const topic = (name: string) => `arn:aws:sns:us-east-1:${ACCOUNT}:wbot-prod-${name}`;
    const receivers = values["alertmanager"].config.receivers as Body[];
    expect(receivers).toMatchObject([
      { name: "nobody" },
      { name: "people", sns_configs: [{ topic_arn: topic("alarms") }] },
      { name: "watchdog", sns_configs: [{ topic_arn: topic("watchdog") }] },
    ]);
    const association = prod.infra.one("aws_eks_pod_identity_association", "alertmanager-role").body;
    expect(association).toMatchObject({ namespace: "monitoring", service_account: "alertmanager" });
    expect(values["alertmanager"].serviceAccount).toEqual({ name: "alertmanager" });
    const policy = prod.infra.one("aws_iam_role_policy", "alertmanager-role").body["policy"] as string;
    expect(target(prod.infra, policy).body["statement"]).toEqual([
      {
        sid: "Publish",
        actions: ["sns:Publish"],
        resources: [topic("alarms"), topic("watchdog")],
      },
      {
        sid: "Encrypt",
        actions: ["kms:Decrypt", "kms:GenerateDataKey"],
        resources: [`arn:aws:kms:us-east-1:${ACCOUNT}:key/*`],
        condition: [
          {
            test: "ForAnyValue:StringEquals",
            variable: "kms:ResourceAliases",
            values: ["alias/wbot-prod"],
          },
        ],
      },
    ]);
  });

  it("is watched from outside: CloudWatch counts what it publishes without end", () => {
    const found = prod.infra.one("aws_cloudwatch_metric_alarm", "metrics-watchdog");
    const alarm = found.body;
    // Messages can be published, and are, before anything counts them.
    expect(prod.infra.isAfter(found, release(prod))).toBe(true);
    expect(alarm).toMatchObject({
      namespace: "AWS/SNS",
      metric_name: "NumberOfMessagesPublished",
      comparison_operator: "LessThanThreshold",
      threshold: 1,
      treat_missing_data: "breaching",
    });
    expect(alarm["alarm_description"]).toMatch(/kubectl get pods -n monitoring.*metrics-missing/);
    const topic = target(prod.infra, alarm["dimensions"].TopicName as string);
    expect(topic.body["name"]).toBe("wbot-prod-watchdog");
    expect(prod.infra.isAfter(topic, release(prod))).toBe(false);
    const { repeat_interval: repeat } = values["alertmanager"].config.route.routes[1] as Body;
    expect(Number.parseInt(repeat as string, 10) * 60).toBeLessThan(alarm["period"] as number);
  });
});

describe("metrics that are kept elsewhere", () => {
  const remoteWrite = (written: Written) =>
    helmValues(release(written))["prometheus"].prometheusSpec.remoteWrite as unknown;

  it("are written with a password of the app secret, with a user's name or as a bearer token", () => {
    const url = "https://metrics.example.com/api/v1/write";
    const key = (name: string) => ({ name: "metrics-remote-write", key: name });
    expect(remoteWrite(elsewhere({ url, username: "1234" }))).toEqual([
      { url, basicAuth: { username: key("username"), password: key("password") } },
    ]);
    expect(remoteWrite(elsewhere({ url }))).toEqual([
      { url, authorization: { credentials: key("password") } },
    ]);
  });

  it("are written by another Prometheus once it begins to need that role, which running pods never get", () => {
    const annotation = (written: Written) =>
      helmValues(release(written))["prometheus"].prometheusSpec.podMetadata?.annotations[
        "wbot/amp"
      ] as unknown;
    expect(annotation(prod)).toBeUndefined();
    expect(annotation(elsewhere({ url: "https://metrics.example.com/api/v1/write" }))).toBe("false");
    expect(annotation(elsewhere({ url: AMP }))).toBe("true");
  });

  it("are written to Amazon Managed Prometheus with a role of Prometheus's own account, and no password", () => {
    const written = elsewhere({ url: AMP });
    expect(remoteWrite(written)).toEqual([{ url: AMP, sigv4: { region: "eu-west-1" } }]);
    const policy = written.infra.one("aws_iam_role_policy", "prometheus-role").body["policy"] as string;
    expect(target(written.infra, policy).body["statement"]).toEqual([
      {
        sid: "Write",
        actions: ["aps:RemoteWrite"],
        resources: [`arn:aws:aps:eu-west-1:${ACCOUNT}:workspace/ws-0123-abcd`],
      },
    ]);
    expect(JSON.stringify(written.app.json)).not.toContain("METRICS_PASSWORD");
  });

  it("still alert: the rules are evaluated here, on a day of metrics", () => {
    const spec = helmValues(release(elsewhere({ url: AMP })))["prometheus"].prometheusSpec as Body;
    expect(spec["retention"]).toBe("1d");
    expect(
      elsewhere({ url: AMP })
        .app.of("kubernetes_manifest")
        .map(({ body }) => body["manifest"].kind),
    ).toContain("PrometheusRule");
  });
});
