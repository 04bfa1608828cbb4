import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { custom, synth, type Body, type Found } from "../../../synth";
import { TYPESCRIPT } from "../../../typescript";

/** Kubernetes objects checked against their schemas and restricted pod security: all of ours, and broken ones. */

interface Answer {
  readonly object?: Body;
  readonly schema?: readonly { readonly path: string; readonly problem: string }[];
  readonly podSecurity: readonly { readonly path: string; readonly problem: string }[];
}

function ask(resources: readonly Pick<Found, "type" | "body">[]): Answer[] {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...TYPESCRIPT, join(__dirname, "problems-of.ts")],
    {
      cwd: join(__dirname, "../../../.."),
      encoding: "utf8",
      input: JSON.stringify(resources),
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Answer[];
}

const texts = (problems: Answer["schema"] = []) => problems.map(({ path, problem }) => `${path} ${problem}`);

const { app } = synth("dev");
const inCluster = synth("dev", { redis: { kind: "in-cluster" } }).app;
const AI = app.one("kubernetes_deployment_v1", "wbot-ai");
const STATEFUL_SET = inCluster.one("kubernetes_stateful_set_v1");

/** A copy of a resource with something changed in it. */
function broken(found: Found, change: (body: any) => void): Pick<Found, "type" | "body"> {
  const body = structuredClone(found.body);
  change(body);
  return { type: found.type, body };
}

const ai = (change: (container: any, spec: any, body: any) => void) =>
  broken(AI, (body) => {
    const pod = body.spec.template.spec;
    change(pod.container[0], pod, body);
  });
const externalSecret = (change: (spec: any) => void) =>
  broken(custom(app, "ExternalSecret", "wbot-ai-secrets"), (body) => {
    change(body.manifest.spec);
  });

const CONTAINER = "spec.template.spec.containers[0]";

const MISTAKES: readonly (readonly [string, Pick<Found, "type" | "body">, readonly string[]])[] = [
  [
    "a number that is none",
    ai((_container, _spec, body) => {
      body.spec.replicas = "two";
    }),
    [`spec.replicas is "two": it must be integer`],
  ],
  [
    "a missing field",
    ai((container) => {
      delete container.name;
    }),
    [`${CONTAINER}.name is missing`],
  ],
  [
    "a value that is none of those allowed",
    ai((container) => {
      container.image_pull_policy = "Sometimes";
    }),
    [`${CONTAINER}.imagePullPolicy is "Sometimes": it must be one of ["Always","IfNotPresent","Never"]`],
  ],
  [
    "a custom resource's value of the wrong type",
    externalSecret((spec) => {
      spec.data = "everything";
    }),
    [`spec.data is "everything": it must be array`],
  ],
  [
    "a kind that its group doesn't have",
    broken(custom(app, "Middleware", "cors"), (body) => {
      body.manifest.kind = "Middlewhere";
    }),
    [`kind is "Middlewhere", for which traefik.io/v1alpha1 has no schema here`],
  ],
  [
    "a custom resource of a group without schemas",
    broken(custom(app, "Middleware", "cors"), (body) => {
      body.manifest.apiVersion = "example.com/v1";
    }),
    [`kind is "Middleware", for which example.com/v1 has no schema here`],
  ],
];

/** As restricted pod security refuses them. */
const INSECURE: readonly (readonly [string, Pick<Found, "type" | "body">, readonly string[]])[] = [
  [
    "runAsNonRoot left out of the container, which the provider sends as false",
    ai((container) => {
      delete container.security_context.run_as_non_root;
    }),
    [`${CONTAINER}.securityContext.runAsNonRoot is false: it must be true (Running as Non-root)`],
  ],
  [
    "no security context of the container",
    ai((container) => {
      delete container.security_context;
    }),
    [
      `${CONTAINER}.securityContext.capabilities.drop[0] is missing: it must be "ALL" (Capabilities)`,
      `${CONTAINER}.securityContext.allowPrivilegeEscalation is missing: it must be false (Privilege Escalation)`,
    ],
  ],
  [
    "neither pod nor container with a seccomp profile",
    ai((container, spec) => {
      delete container.security_context.seccomp_profile;
      delete spec.security_context.seccomp_profile;
    }),
    [
      `${CONTAINER}.securityContext.seccompProfile.type is missing: it must be one of "RuntimeDefault", "Localhost" (Seccomp)`,
    ],
  ],
  [
    "a folder of the node, its network and a port of it",
    ai((container, spec) => {
      spec.volume.push({ name: "host", host_path: [{ path: "/" }] });
      spec.host_network = true;
      container.port[0].host_port = 8000;
    }),
    [
      `${CONTAINER}.ports[0].hostPort is 8000: it must be 0 (Host Ports)`,
      'spec.template.spec.volumes[1].hostPath.path is "hostPath": it must be one of "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret" (Volume Types)',
      "spec.template.spec.hostNetwork is true: it must be false (Host Namespaces)",
    ],
  ],
  [
    "root, more capabilities and a probe of another host in an init container",
    ai((container, spec) => {
      const init = structuredClone(container);
      init.security_context.run_as_user = "0";
      init.security_context.capabilities.add = ["NET_ADMIN"];
      init.liveness_probe.http_get.host = "169.254.169.254";
      spec.init_container = [init];
    }),
    [
      `spec.template.spec.initContainers[0].livenessProbe.httpGet.host is "169.254.169.254": it must be "" (Host Probes and Lifecycle Hooks)`,
      `spec.template.spec.initContainers[0].securityContext.capabilities.add[0] is "NET_ADMIN": it must be "NET_BIND_SERVICE" (Capabilities)`,
      "spec.template.spec.initContainers[0].securityContext.runAsUser is 0: it must be any user but 0 (Running as Non-root User)",
    ],
  ],
];

/** Not reported: only Terraform will know the number. */
const TEMPLATE = ai((_container, _spec, body) => {
  body.spec.replicas = "${var.replicas}";
});

const shipped = ["dev", "staging", "prod", "rehearsal"].flatMap((name) => {
  const { infra, app: own } = synth(name);
  return [infra, own].flatMap(({ all }) => all.filter(({ type }) => type.startsWith("kubernetes_")));
});
const others = inCluster.all.filter(({ type }) => type.startsWith("kubernetes_"));

const asked = [
  ...shipped,
  ...others,
  ...MISTAKES.map(([, resource]) => resource),
  ...INSECURE.map(([, resource]) => resource),
  TEMPLATE,
];
const answers = ask(asked);
const answerOf = (resource: Pick<Found, "type" | "body">): Answer => {
  const found = answers[asked.indexOf(resource)];
  if (!found) throw new Error("not asked");
  return found;
};

it("finds that every object of every environment has a schema and is valid", () => {
  const all = [...shipped, ...others];
  expect(all.length).toBeGreaterThan(200);
  expect(all.filter((found) => answerOf(found).object === undefined).map(({ path }) => path)).toEqual([]);
  expect(all.flatMap((found) => texts(answerOf(found).schema))).toEqual([]);
});

it("finds that the pods of every environment meet the restricted standard", () => {
  const pods = [...shipped, ...others].filter(({ type }) => /deployment|stateful/.test(type));
  expect(pods.length).toBeGreaterThan(8);
  expect(pods.flatMap((found) => texts(answerOf(found).podSecurity))).toEqual([]);
});

it.each(MISTAKES)("names %s", (_, resource, problems) => {
  expect(texts(answerOf(resource).schema)).toEqual(problems);
});

it.each(INSECURE)("names what restricted pod security refuses: %s", (_, resource, problems) => {
  expect(texts(answerOf(resource).podSecurity)).toEqual(problems);
});

it("ignores what only Terraform will know", () => {
  expect(texts(answerOf(TEMPLATE).schema)).toEqual([]);
});

it("turns blocks into what is sent to Kubernetes", () => {
  const { object } = answerOf(AI);
  expect(object).toMatchObject({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { labels: { "app.kubernetes.io/name": "wbot-ai" } },
    spec: {
      // Numbers in Terraform's strings are numbers.
      replicas: expect.any(Number),
      selector: { matchLabels: { "app.kubernetes.io/part-of": "wbot" } },
      strategy: { rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 } },
      template: {
        spec: {
          containers: [
            {
              envFrom: [expect.objectContaining({ configMapRef: expect.anything() }), expect.anything()],
              livenessProbe: { httpGet: { port: "http" } },
              ports: [{ containerPort: 8000 }],
              resources: { limits: { memory: "2Gi" } },
              securityContext: { runAsUser: 1000, capabilities: { drop: ["ALL"] } },
            },
          ],
          topologySpreadConstraints: expect.any(Array),
        },
      },
    },
  });
  // Terraform's own arguments are not sent.
  expect(Object.keys(object ?? {}).sort()).toEqual(["apiVersion", "kind", "metadata", "spec"]);
  expect(answerOf(STATEFUL_SET).object).toMatchObject({
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    spec: { volumeClaimTemplates: [{ spec: { accessModes: ["ReadWriteOnce"] } }] },
  });
});
