import { existsSync } from "node:fs";
import { join } from "node:path";
import { Release, type ReleaseSet } from "@cdktf/provider-helm/lib/release";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { dependable, Fn, Token, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { EnvironmentError, type Environment } from "../../environments";
import { PART_OF } from "../../environments/names";
import type { Requests } from "../../environments/requests";
import type { Settings } from "../../environments/schema";
import type { EnvironmentStack } from "../environment-stack";
import { escapeTemplate } from "../text";
import { NetworkPolicy, type NetworkPolicyProps } from "../network-policy";
import { DNS, kubernetesApi } from "../peers";
import type { PodRole } from "../pod-role";
import { PROMETHEUS, scrapesOf } from "../scrapes";

/** A pinned chart. */
export interface Chart {
  readonly name: string;
  readonly version: string;
  /** The publisher's repository: "https://…" or "oci://…". */
  readonly repository: string;
  /** SHA-256 of the packed chart, in hex: `helm pull` it, then `sha256sum`. @default - not checked */
  readonly digest?: string;
}

/** A controller: its chart, and how an environment runs it. */
export interface Controller {
  /** Name of its release. */
  readonly name: string;
  readonly chart: Chart;
  /** Created for the release, with restricted pod security. @default - its name */
  readonly namespace?: string;
  /** Labels of that namespace, in addition to the project's. @default - none */
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  /** Each kind of pod that the chart runs. */
  readonly pods: (settings: Settings) => Readonly<Record<string, PodKind>>;
  /** Whether an environment has it. @default - every one does */
  readonly isUsed?: (settings: Settings) => boolean;
  /** Those that it needs, if the environment has them: it is installed after them, and removed before them. @default - none */
  readonly after?: readonly Controller[];
  /** The role of its pods; undefined in an environment where they don't call AWS. @default - they never do */
  readonly role?: (stack: EnvironmentStack, props: RoleProps) => PodRole | readonly PodRole[] | undefined;
  /** Traffic allowed for its pods, besides DNS and the Kubernetes API. @default - none, in either direction */
  readonly traffic?: (environment: Environment) => readonly AllowedTraffic[];
  /** The chart's values. */
  readonly values: (stack: EnvironmentStack, context: Context) => object;
  /** What its release needs besides a working cluster and the controllers in `after`. @default - nothing */
  readonly needs?: (stack: EnvironmentStack, context: Context) => readonly ITerraformDependable[];
  /** How long its pods may take, if that is longer than for other controllers. @default - 600 */
  readonly seconds?: (settings: Settings) => number;
  /** Adds to its release. @default - nothing */
  readonly installed?: (stack: EnvironmentStack, chart: HelmChart, context: Context) => void;
}

/** Identical pods. */
export interface PodKind extends Requests {
  readonly count: number;
  /** Whether they avoid spot nodes. */
  readonly onDemandOnly: boolean;
}

/** Pods as most controllers have them: one of each kind for each replica, on the nodes that are for controllers. */
export function podsOf(
  requests: Readonly<Record<string, Requests>>,
  { platform: { replicas, capacity } }: Settings,
  count = replicas,
): Readonly<Record<string, PodKind>> {
  const onDemandOnly = capacity === "on-demand";
  return Object.fromEntries(
    Object.entries(requests).map(([kind, each]) => [kind, { ...each, count, onDemandOnly }]),
  );
}

export interface RoleProps {
  readonly cluster: { readonly name: string };
  /** Target groups of the load balancer. */
  readonly targetGroupArns: readonly string[];
}

/** What a controller is installed into. */
export interface Context {
  /** A working cluster, the role of the controller's pods, and the controllers that it needs. */
  readonly dependsOn: readonly ITerraformDependable[];
  /** Those before it in the list. */
  readonly installed: ReadonlyMap<Controller, HelmChart>;
  readonly vpcId: string;
  readonly loadBalancer: {
    readonly hostName: string;
    /** By the Traefik entry point that they send to. */
    readonly targetGroups: Readonly<Record<"web" | "websecure", TargetGroup>>;
  };
  /** Where AWS stores the pods' logs, for the controllers that write there. */
  readonly logStore: readonly ITerraformDependable[];
}

export interface TargetGroup {
  readonly arn: string;
  readonly name: string;
}

/**
 * Traffic allowed for some of a chart's pods, by the labels that the chart sets, in addition to what every controller gets.
 * Probes need no rule: a node can always reach its own pods.
 */
export type AllowedTraffic = Omit<NetworkPolicyProps, "namespace" | "component">;

interface NamespaceProps {
  readonly name: string;
  /** In addition to the project's. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly dependsOn: readonly ITerraformDependable[];
}

interface ReleaseProps {
  readonly name: string;
  readonly chart: Chart;
  readonly values: object;
  /** How long its pods may take, if that is longer than for other controllers. @default - 600 */
  readonly seconds?: number | undefined;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Longest wait for a release's pods, hooks included, in seconds: image pulls on new nodes take minutes. */
const TIMEOUT_SECONDS = 600;
const KEPT_REVISIONS = 5;

/**
 * A Helm release in its own namespace, which allows only the traffic its controller needs. It waits for its pods and
 * hooks, and rolls back if they don't become ready.
 */
export class HelmChart extends Construct {
  readonly namespace: NamespaceV1;
  readonly release: Release;
  private readonly mirror: string | undefined;

  constructor(stack: EnvironmentStack, controller: Controller, context: Context) {
    const { name, chart, namespace = name, namespaceLabels } = controller;
    const { environment } = stack;
    const dependsOn = [...context.dependsOn, ...(controller.needs?.(stack, context) ?? [])];
    super(stack, name);
    this.mirror = environment.chartMirror;
    this.namespace = restrictedNamespace(this, "namespace", {
      name: namespace,
      labels: namespaceLabels,
      dependsOn,
    });
    const policies = [
      { name: "default-deny" },
      everyController(environment),
      ...scraped(environment, namespace),
      ...(controller.traffic?.(environment) ?? []),
    ].map(
      (traffic) =>
        new NetworkPolicy(this, traffic.name, {
          namespace: this.namespace.metadata.name,
          component: "network",
          ...traffic,
        }),
    );
    this.release = this.install("release", {
      name,
      chart,
      values: controller.values(stack, context),
      seconds: controller.seconds?.(environment),
      // The policies are created before its pods, and destroyed after them.
      dependsOn: [this.namespace, ...policies.map((policy) => policy.resource), ...dependsOn],
    });
    controller.installed?.(stack, this, context);
  }

  /** Starts its pods after another release in its namespace, which can't be in `dependsOn`: it needs the namespace first. */
  startAfter(release: Release): void {
    this.release.dependsOn = [...(this.release.dependsOn ?? []), dependable(release)];
  }

  /** A release in its namespace. */
  install(id: string, { name, chart, values, seconds = 0, dependsOn }: ReleaseProps): Release {
    const late: ReleaseSet[] = [];
    const known = knownValues(values, "", late);
    return new Release(this, id, {
      name,
      namespace: this.namespace.metadata.name,
      ...source(chart, this.mirror),
      // JSON is valid YAML.
      values: [escapeTemplate(JSON.stringify(known))],
      set: late,
      wait: true,
      waitForJobs: true,
      atomic: true,
      cleanupOnFail: true,
      timeout: Math.max(TIMEOUT_SECONDS, seconds),
      maxHistory: KEPT_REVISIONS,
      dependsOn: [...dependsOn],
    });
  }
}

/** A namespace for controllers, with restricted pod security. */
export function restrictedNamespace(
  scope: Construct,
  id: string,
  { name, labels, dependsOn }: NamespaceProps,
): NamespaceV1 {
  return new NamespaceV1(scope, id, {
    metadata: {
      name,
      labels: {
        "app.kubernetes.io/part-of": PART_OF,
        "app.kubernetes.io/managed-by": "cdktf",
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
        ...labels,
      },
    },
    dependsOn: [...dependsOn],
  });
}

/** Hooks need it too, so it applies to every pod of the namespace. */
function everyController(environment: Environment): AllowedTraffic {
  return { name: "kubernetes-api", egress: [DNS, kubernetesApi(environment)] };
}

/** Admits Prometheus, if there is one. */
function scraped(environment: Environment, namespace: string): AllowedTraffic[] {
  return scrapesOf(environment)
    .filter((scrape) => scrape.namespace === namespace)
    .map(({ pods, port }) => ({ name: "metrics", pods, ingress: [{ peers: [PROMETHEUS], ports: [port] }] }));
}

/** Where Terraform gets the chart: its publisher, a mirror registry, or a directory of packed charts. */
function source(
  chart: Chart,
  mirror: string | undefined,
): { chart: string; repository?: string; version?: string } {
  if (mirror === undefined || mirror.startsWith("oci://")) {
    return { chart: chart.name, repository: mirror ?? chart.repository, version: chart.version };
  }
  const file = join(mirror, `${chart.name}-${chart.version}.tgz`);
  if (!existsSync(file)) {
    throw new EnvironmentError(
      `CHART_MIRROR is "${mirror}", but ${file} doesn't exist. Put the chart there (${pull(chart)})` +
        `, set CHART_MIRROR to an "oci://" registry, or unset it.`,
    );
  }
  return { chart: file };
}

function pull({ name, version, repository }: Chart): string {
  const from = repository.startsWith("oci://") ? `${repository}/${name}` : `${name} --repo ${repository}`;
  return `helm pull ${from} --version ${version}`;
}

/**
 * The values that are known at plan, without the objects that have no such value left. Adds the others, known only after apply,
 * to `late`, each with its path: quoted as YAML they would be wrong.
 */
function knownValues(value: unknown, path: string, late: ReleaseSet[]): unknown {
  if (Token.isUnresolved(value)) {
    late.push({
      name: path,
      value: Array.isArray(value) ? `{${Fn.join(",", value as string[])}}` : String(value),
    });
    return undefined;
  }
  if (Array.isArray(value))
    return value.map((each: unknown, index) => knownValues(each, `${path}[${index}]`, late));
  if (typeof value !== "object" || value === null) return value;
  const before = late.length;
  const known = Object.entries(value).flatMap(([key, each]) => {
    const name = key.replaceAll(/[.,=[\]]/g, "\\$&");
    const rest = knownValues(each, path === "" ? name : `${path}.${name}`, late);
    return rest === undefined ? [] : [[key, rest] as const];
  });
  return known.length === 0 && late.length > before ? undefined : Object.fromEntries(known);
}
