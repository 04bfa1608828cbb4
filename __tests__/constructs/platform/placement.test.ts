import { helmValues, synth, type Body, type WrittenStack } from "../../synth";

/** What places pods in the values of every release, by the names that the charts give the pods. */
function placed(infra: WrittenStack): [string, string, Body][] {
  const values = (id: string) => helmValues(infra.one("helm_release", id));
  const certManager = values("cert-manager");
  return [
    ["cert-manager", "cert-manager", certManager],
    ["webhook", "cert-manager", certManager["webhook"]],
    ["cainjector", "cert-manager", certManager["cainjector"]],
    ["external-secrets", "external-secrets", values("external-secrets")],
    ["aws-load-balancer-controller", "aws-load-balancer-controller", values("aws-load-balancer-controller")],
    ["traefik", "traefik-traefik", values("traefik")],
    ["aws-cluster-autoscaler", "cluster-autoscaler", values("cluster-autoscaler")],
    ["reloader", "reloader", values("reloader")["reloader"].deployment],
    ...infra
      .of("helm_release")
      .filter(({ body }) => body["name"] === "alloy")
      .map(helmValues)
      .map(({ controller, alloy }): [string, string, Body] => [
        "alloy",
        "alloy",
        { ...controller, resources: alloy.resources },
      ]),
  ];
}

const inProd = placed(synth("prod").infra);

describe.each(inProd)("the pods of %s (%s)", (name, release, values) => {
  const spread = values["topologySpreadConstraints"] as Body[];

  it("never share a node, and share a zone only if they must", () => {
    expect(spread.map((each) => [each["topologyKey"], each["whenUnsatisfiable"], each["maxSkew"]])).toEqual([
      ["kubernetes.io/hostname", "DoNotSchedule", 1],
      ["topology.kubernetes.io/zone", "ScheduleAnyway", 1],
    ]);
  });

  it("are counted by their own labels, per revision, on nodes that they may run on", () => {
    for (const each of spread) {
      expect(each).toMatchObject({
        nodeTaintsPolicy: "Honor",
        matchLabelKeys: ["pod-template-hash"],
        labelSelector: {
          matchLabels: { "app.kubernetes.io/name": name, "app.kubernetes.io/instance": release },
        },
      });
    }
  });

  it("run on on-demand nodes only", () => {
    expect(values["affinity"].nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution).toEqual({
      nodeSelectorTerms: [
        {
          matchExpressions: [
            { key: "eks.amazonaws.com/capacityType", operator: "In", values: ["ON_DEMAND"] },
          ],
        },
      ],
    });
  });

  it("are never evicted for their memory: request and limit are equal", () => {
    const { requests, limits } = values["resources"];
    expect(requests.memory).toBe(limits.memory);
    expect(limits).not.toHaveProperty("cpu");
  });
});

it("lets dev's controllers run on spot nodes too, except Traefik, which holds all streams", () => {
  for (const [name, , values] of placed(synth("dev").infra))
    expect([name, JSON.stringify(values["affinity"]).includes("ON_DEMAND")]).toEqual([
      name,
      name === "traefik",
    ]);
});

it("places every release", () => {
  const releases = synth("prod")
    .infra.of("helm_release")
    .map(({ body }) => body["name"] as string);
  const covered = new Set(inProd.map(([, release]) => release.replace(/^traefik-/, "")));
  // The monitoring may run on any node: see kube-prometheus-stack.test.ts. Its kinds are a release without pods.
  const monitoring = ["kube-prometheus-stack", "prometheus-operator-crds"];
  expect(new Set([...covered, ...monitoring])).toEqual(new Set(releases));
});

describe.each([
  [
    "aws-load-balancer-controller",
    (values: Body) => [values["podSecurityContext"], values["securityContext"]],
  ],
  ["cluster-autoscaler", (values: Body) => [values["securityContext"], values["containerSecurityContext"]]],
  [
    "reloader",
    ({ reloader: { deployment } }: Body) => [deployment.securityContext, deployment.containerSecurityContext],
  ],
  ["alloy/", ({ global, alloy }: Body) => [global.podSecurityContext, alloy.securityContext]],
] satisfies [string, (values: Body) => [Body, Body]][])("%s", (release, contexts) => {
  const [pod, container] = contexts(helmValues(synth("prod").infra.one("helm_release", release)));

  it("is admitted under restricted pod security, which the chart alone isn't", () => {
    expect(pod).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    expect(pod["runAsUser"]).toBeGreaterThan(0);
    expect(container).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ["ALL"] },
    });
  });
});
