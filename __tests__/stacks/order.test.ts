import { CI } from "../constructs/ci/scope";
import { SHAPES } from "../shapes";
import { custom, synth, target, type Found, type WrittenStack, metadata } from "../synth";

/** The order in which things are created, and destroyed in reverse, from depends_on and references. */

/** Routes without middlewares: they answer 503. */
const FALLBACKS = ["wbot-refused", "wbot-refused-pages", "wbot-metrics"];

const expectAfter = (stack: WrittenStack, later: readonly Found[], earlier: readonly Found[]) => {
  expect(later).not.toHaveLength(0);
  expect(earlier).not.toHaveLength(0);
  const wrong = later.flatMap((from) =>
    earlier.filter((to) => !stack.isAfter(from, to)).map((to) => `${from.path} before ${to.path}`),
  );
  expect(wrong).toEqual([]);
};

describe.each(["dev", "staging", "prod"])("the order of infra in %s", (name) => {
  const { infra } = synth(name);
  const addOn = (id: string) => [infra.one("aws_eks_addon", id)];
  const nodeGroups = infra.of("aws_eks_node_group");
  const cluster = infra.of("aws_eks_cluster");
  const releases = infra.of("helm_release");
  const associations = infra.of("aws_eks_pod_identity_association");

  it("creates the control plane's log group before the cluster, or EKS would create one that outlives it", () => {
    expectAfter(infra, cluster, [infra.one("aws_cloudwatch_log_group", "cluster/logs")]);
  });

  it("has nodes' networking and every Pod Identity in place before they start, with its rights", () => {
    const before = ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"].flatMap(addOn);
    const roles = associations.map(({ body }) => target(infra, body["role_arn"]).body["name"] as string);
    const rights = ["aws_iam_role_policy", "aws_iam_role_policy_attachment"]
      .flatMap((type) => infra.of(type))
      .filter(({ body }) => roles.includes(target(infra, body["role"]).body["name"] as string));
    expect(rights.length).toBeGreaterThanOrEqual(roles.length);
    expectAfter(infra, nodeGroups, [...before, ...associations, ...rights, ...cluster]);
  });

  it("starts nodes only once they reach AWS, with their policies in place", () => {
    expectAfter(infra, nodeGroups, [
      ...infra.of("aws_route"),
      // On destroy, controllers need a way out until the last node is gone: they delete what they made.
      ...infra.of("aws_route_table_association").filter(({ path }) => !path.includes("/cache-")),
      ...infra.of("aws_iam_role_policy_attachment").filter(({ path }) => path.startsWith("node-role")),
    ]);
  });

  it("moves a subnet to a route table only once that leads out", () => {
    for (const association of infra.of("aws_route_table_association")) {
      const route = infra
        .of("aws_route")
        .filter(({ body }) => body["route_table_id"] === association.body["route_table_id"]);
      if (association.path.includes("/cache-")) expect(route).toEqual([]);
      else expectAfter(infra, [association], route);
    }
  });

  it("grants the administrators access before nodes start, as it takes seconds to reach the API", () => {
    expectAfter(infra, nodeGroups, infra.of("aws_eks_access_policy_association"));
  });

  it("installs the add-ons that need nodes after them", () => {
    expectAfter(infra, ["coredns", "metrics-server", "aws-ebs-csi-driver"].flatMap(addOn), nodeGroups);
  });

  it("installs every chart after nodes, add-ons and the administrators' access", () => {
    expectAfter(infra, releases, [
      ...nodeGroups,
      ...infra.of("aws_eks_addon"),
      ...infra.of("aws_eks_access_policy_association"),
    ]);
    expectAfter(infra, infra.of("kubernetes_namespace_v1"), infra.of("aws_eks_access_policy_association"));
  });

  it("creates the product's namespace before the controllers, which have rights in it", () => {
    expectAfter(infra, releases, [infra.one("kubernetes_namespace_v1", "product-namespace")]);
  });

  it("creates a release's network policies before the release, and destroys them after it", () => {
    for (const release of releases) {
      const id = String(release.body["name"]);
      const own = infra.of("kubernetes_network_policy_v1").filter(({ path }) => path.startsWith(`${id}/`));
      expect(own.map(({ path }) => path)).toContain(`${id}/default-deny/policy`);
      expectAfter(infra, [release], own);
      expectAfter(infra, own, [infra.one("kubernetes_namespace_v1", `${id}/namespace`)]);
    }
  });

  it("gives clients a Redis password after Redis accepts it", () => {
    expectAfter(infra, infra.of("aws_secretsmanager_secret_version"), [
      ...infra.of("aws_elasticache_user"),
      ...infra.of("aws_elasticache_replication_group"),
    ]);
  });

  it("gives Traefik the load balancer's name and its target groups", () => {
    expectAfter(
      infra,
      [infra.one("helm_release", "traefik")],
      [...infra.of("aws_lb"), ...infra.of("aws_lb_target_group")],
    );
  });

  it("has the controller that registers Traefik's pods before them, and until they and their namespace are gone", () => {
    expectAfter(
      infra,
      [
        infra.one("helm_release", "traefik"),
        infra.one("kubernetes_namespace_v1", "traefik/namespace"),
        ...infra.of("kubernetes_network_policy_v1").filter(({ path }) => path.startsWith("traefik/")),
      ],
      [infra.one("helm_release", "aws-load-balancer-controller")],
    );
  });

  it("replaces node groups and target groups without a gap", () => {
    for (const type of ["aws_eks_node_group", "aws_lb_target_group", "aws_launch_template"]) {
      for (const { path, body } of infra.of(type)) {
        expect([path, body["lifecycle"]?.create_before_destroy]).toEqual([path, true]);
      }
    }
    for (const { body } of infra.of("aws_lb_target_group"))
      expect(body["name_prefix"].length).toBeLessThanOrEqual(6);
  });

  it("starts cert-manager with its credentials if it uses DNS-01", () => {
    const { infra: withZone } = synth(name, { domain: { hostedZoneId: "Z0000000000EXAMPLE" } });
    expectAfter(
      withZone,
      [withZone.one("helm_release", "cert-manager")],
      [withZone.one("aws_eks_pod_identity_association", "cert-manager-role")],
    );
  });
});

describe.each(["dev", "staging", "prod"])("the order of app in %s", (name) => {
  const { app } = synth(name);
  const ai = [app.one("kubernetes_deployment_v1", "wbot-ai")];
  const web = [app.one("kubernetes_deployment_v1", "wbot-web")];
  const secrets = ["wbot-ai-secrets", "wbot-web-secrets"].map((secret) =>
    custom(app, "ExternalSecret", secret),
  );

  it("creates the quota and the limits of its namespace before anything in it", () => {
    const inside = ["kubernetes_deployment_v1", "kubernetes_service_v1", "kubernetes_ingress_v1"];
    const bounds = [...app.of("kubernetes_resource_quota_v1"), ...app.of("kubernetes_limit_range_v1")];
    expectAfter(
      app,
      inside.flatMap((type) => app.of(type)),
      bounds,
    );
    expectAfter(app, secrets, bounds);
  });

  it("creates a pod's network policies before the pod, and destroys them after it", () => {
    const { app: withRedis } = synth(name, name === "dev" ? { redis: { kind: "in-cluster" } } : undefined);
    const workloads = ["kubernetes_deployment_v1", "kubernetes_stateful_set_v1"].flatMap((type) =>
      withRedis.of(type),
    );
    for (const workload of workloads) {
      const own = String(workload.path.split("/")[0]);
      expectAfter(
        withRedis,
        [workload],
        ["namespace/default-deny", `${own}/network-policy`].map((path) =>
          withRedis.one("kubernetes_network_policy_v1", path),
        ),
      );
    }
  });

  it("has the secrets ready before the workloads, the backend before the front end, and the routes last", () => {
    expectAfter(app, secrets, [custom(app, "SecretStore", "secrets-manager")]);
    expectAfter(app, ai, [secrets[0] as Found]);
    expectAfter(app, web, [...secrets, ...ai]);
    const routes = app
      .of("kubernetes_ingress_v1")
      .filter((route) => !FALLBACKS.includes(metadata(route)["name"] as string));
    expectAfter(app, routes, [...ai, ...web]);
  });

  it("redirects a host only after the product's routes, one of which may be its target's or its own", () => {
    const { app: redirecting } = synth(name, { domain: { others: [{ host: "www.example.com" }] } });
    const redirect = redirecting.one("kubernetes_ingress_v1", "ingress/redirect-route");
    const others = redirecting.of("kubernetes_ingress_v1").filter((route) => route !== redirect);
    expectAfter(redirecting, [redirect], others);
  });

  it("creates configuration before its workload, and limits before the routes that use them", () => {
    expectAfter(app, ai, [app.one("kubernetes_config_map_v1", "wbot-ai")]);
    expectAfter(app, web, [app.one("kubernetes_config_map_v1", "wbot-web")]);
    for (const route of app.of("kubernetes_ingress_v1")) {
      if (FALLBACKS.includes(metadata(route)["name"] as string)) continue;
      const named = String(
        route.body["metadata"].annotations["traefik.ingress.kubernetes.io/router.middlewares"],
      ).split(",");
      const middlewares = named.map((each) =>
        custom(app, "Middleware", each.replace(/^wbot-(.*)@kubernetescrd$/, "$1")),
      );
      expectAfter(app, [route], middlewares);
    }
  });

  it("deletes a middleware only after the routes have let go of it, and nothing that waits for Ready so", () => {
    const manifests = app.of("kubernetes_manifest");
    const first = manifests.filter(({ body }) => body["lifecycle"]?.create_before_destroy === true);
    const middlewares = manifests.filter(({ body }) => body["manifest"].kind === "Middleware");
    expect(middlewares).not.toHaveLength(0);
    // After a wait that failed, Terraform would create it again under a name that is taken.
    expect(first).toEqual(middlewares);
  });

  it("waits for Ready where needed, but for no certificate", () => {
    const waits = app.of("kubernetes_manifest").filter(({ body }) => body["wait"] !== undefined);
    const kinds = new Set(waits.map(({ body }) => body["manifest"].kind as string));
    expect(kinds).toEqual(new Set(["SecretStore", "ExternalSecret", "ClusterIssuer"]));
    for (const { body } of app.of("kubernetes_deployment_v1")) expect(body["wait_for_rollout"]).toBe(true);
    for (const { body } of app.of("kubernetes_ingress_v1"))
      expect(body["wait_for_load_balancer"]).toBeUndefined();
    const certificate = custom(app, "Certificate", "wbot-tls");
    expect(app.all.filter((each) => app.isAfter(each, certificate))).toEqual([]);
    expectAfter(
      app,
      [certificate],
      [custom(app, "ClusterIssuer", certificate.body["manifest"].spec.issuerRef.name as string)],
    );
  });

  it("looks the cluster up before using it", () => {
    expectAfter(app, app.of("data.aws_eks_cluster"), app.of("data.aws_eks_clusters"));
    expect(app.json["terraform"].required_providers).not.toHaveProperty("helm");
  });
});

it("starts the backend only once an in-cluster Redis is ready", () => {
  const { app } = synth("dev", { redis: { kind: "in-cluster" } });
  expectAfter(app, [app.one("kubernetes_deployment_v1", "wbot-ai")], app.of("kubernetes_stateful_set_v1"));
});

it("has custom resources in app only, after the operators of infra", () => {
  for (const name of ["dev", "staging", "prod"])
    expect(synth(name).infra.of("kubernetes_manifest")).toEqual([]);
});

describe.each([
  ...SHAPES,
  ["prod with CI and Loki", "prod", { ...CI, observability: { logs: { kind: "loki" } } }] as const,
])("what EKS takes seconds to put into effect, in %s", (_, name, overrides) => {
  const { infra } = synth(name, overrides);
  const associations = infra.of("aws_eks_pod_identity_association");
  const ofControllers = associations.filter(({ body }) => body["namespace"] !== "kube-system");
  const [wait = {} as Found, ...others] = infra.of("terraform_data");

  it("is waited for before a release's pods are admitted: again for each new association, and for nothing else", () => {
    expect(others).toEqual([]);
    expect(wait.body["provisioner"]).toEqual([
      { "local-exec": { command: expect.stringMatching(/^node -e "setTimeout\(.*, 15000\)"$/) } },
    ]);
    const ids = ofControllers.map(({ address }) => `\${${address}.association_id}`);
    expect(Object.values(wait.body["triggers_replace"] as object).sort()).toEqual(ids.sort());
    expectAfter(infra, infra.of("helm_release"), [wait]);
  });

  it("delays no first deploy: nodes and add-ons start meanwhile", () => {
    const meanwhile = [...infra.of("aws_eks_node_group"), ...infra.of("aws_eks_addon")];
    expect(meanwhile.filter((each) => infra.isAfter(each, wait))).toEqual([]);
  });

  it("is in effect once nodes run: nothing is created in the cluster before", () => {
    const inCluster = infra.all.filter(({ type }) => /^(kubernetes_|helm_release$)/.test(type));
    expectAfter(infra, inCluster, infra.of("aws_eks_node_group"));
  });
});
