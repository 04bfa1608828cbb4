import { existsSync } from "node:fs";
import { join } from "node:path";
import { Release } from "@cdktf/provider-helm/lib/release";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { Token, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { EnvironmentError, type Environment } from "../../environments";
import { PART_OF } from "../../environments/names";
import type { Requests } from "../../environments/requests";
import type { Settings } from "../../environments/schema";
import type { EnvironmentStack } from "../environment-stack";
import { literal } from "../literal";
import { NetworkPolicy, type Rule } from "../network-policy";
import { DNS, kubernetesApi } from "../peers";
import type { PodRole } from "../pod-role";

/** A chart, pinned. */
export interface Chart {
  readonly name: string;
  readonly version: string;
  /** Its publisher: "https://…" or "oci://…". */
  readonly repository: string;
  /** SHA-256 of the packed chart, in hex; `npx wbot charts --pin` writes it. @default - not held */
  readonly digest?: string;
}

/** A controller's class: a chart, what its pods ask for, and their role in AWS. */
export interface Controller {
  new (stack: EnvironmentStack, props: ControllerProps): HelmChart;
  /** Of the class. */
  readonly name: string;
  readonly chart: Chart;
  /** What each kind of pod that the chart runs asks for. */
  readonly requests: Readonly<Record<string, Requests>>;
  /** Pods of each kind, and whether they keep off spot. */
  readonly pods: (platform: Settings["platform"]) => {
    readonly count: number;
    readonly onDemandOnly: boolean;
  };
  /** The role of its pods; undefined in an environment where they call nothing in AWS. @default - they never do */
  readonly role?: (stack: EnvironmentStack, cluster: { readonly name: string }) => PodRole | undefined;
}

export interface ControllerProps {
  /** A working cluster, and the role of the controller's pods. */
  readonly dependsOn: readonly ITerraformDependable[];
  /** Host name of the load balancer in front. */
  readonly loadBalancerHost: string;
}

/** What some pods of a chart may talk to, besides what every controller may. */
export interface Traffic {
  /** Name of its network policy. */
  readonly name: string;
  /** Pods it is for, by labels that the chart gives them. @default - all of the namespace */
  readonly pods?: Readonly<Record<string, string>>;
  /** What may come in. Probes need no rule: a node always reaches its own pods. @default - nothing */
  readonly ingress?: readonly Rule[];
  /** What may go out, besides DNS and the Kubernetes API. @default - nothing */
  readonly egress?: readonly Rule[];
}

export interface HelmChartProps {
  readonly chart: Chart;
  /** Made for the release, under restricted pod security. */
  readonly namespace: string;
  /** What its pods may talk to besides DNS and the Kubernetes API. @default - nothing, either way */
  readonly traffic?: readonly Traffic[];
  /** The chart's values; known at synth. */
  readonly values: object;
  /** Values that only AWS knows, by their path in dots. @default - none */
  readonly late?: Readonly<Record<string, string>>;
  /** What the release needs: a working cluster, its Pod Identity role. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Longest wait for a release's pods, hooks included, in seconds: image pulls on new nodes take minutes. */
const TIMEOUT_SECONDS = 600;
const KEPT_REVISIONS = 5;

/**
 * A Helm release in a namespace of its own, where no traffic is allowed but what its controller needs. It waits for its
 * pods and its hooks, and goes back to what was there when they don't get ready.
 */
export class HelmChart extends Construct {
  /** As most controllers have it. */
  static pods({ replicas, capacity }: Settings["platform"]) {
    return { count: replicas, onDemandOnly: capacity === "on-demand" };
  }

  readonly release: Release;
  /** Name of its namespace: who refers to it comes after the namespace. */
  readonly namespace: string;

  constructor(stack: EnvironmentStack, id: string, props: HelmChartProps) {
    super(stack, id);
    const namespace = new NamespaceV1(this, "namespace", {
      metadata: {
        name: props.namespace,
        labels: {
          "app.kubernetes.io/part-of": PART_OF,
          "app.kubernetes.io/managed-by": "cdktf",
          "pod-security.kubernetes.io/enforce": "restricted",
          "pod-security.kubernetes.io/warn": "restricted",
        },
      },
      dependsOn: [...props.dependsOn],
    });
    this.namespace = namespace.metadata.name;
    const policies = [
      { name: "default-deny" },
      everyController(stack.environment),
      ...(props.traffic ?? []),
    ].map(
      (traffic) =>
        new NetworkPolicy(this, traffic.name, {
          namespace: namespace.metadata.name,
          component: "network",
          ...traffic,
        }),
    );
    this.release = new Release(this, "release", {
      name: id,
      namespace: namespace.metadata.name,
      ...source(stack, props.chart),
      values: [asYaml(props.values)],
      set: Object.entries(props.late ?? {}).map(([name, value]) => ({ name, value })),
      wait: true,
      waitForJobs: true,
      atomic: true,
      cleanupOnFail: true,
      timeout: TIMEOUT_SECONDS,
      maxHistory: KEPT_REVISIONS,
      // The policies come before its pods, and go after them.
      dependsOn: [namespace, ...policies.map((policy) => policy.resource), ...props.dependsOn],
    });
  }
}

/** Hooks need it as well, so it is for every pod of the namespace. */
function everyController(environment: Environment): Traffic {
  return { name: "kubernetes-api", egress: [DNS, kubernetesApi(environment)] };
}

/** Where Terraform takes the chart from: its publisher, a mirror registry, or a directory of packed charts. */
function source(
  stack: EnvironmentStack,
  chart: Chart,
): { chart: string; repository?: string; version?: string } {
  const mirror = stack.environment.chartMirror;
  if (mirror === undefined || mirror.startsWith("oci://")) {
    return { chart: chart.name, repository: mirror ?? chart.repository, version: chart.version };
  }
  const file = join(mirror, `${chart.name}-${chart.version}.tgz`);
  if (!existsSync(file)) {
    throw new EnvironmentError(
      `CHART_MIRROR is "${mirror}", but there is no ${file}. Put the chart there (${pull(chart)})` +
        `, name an "oci://" registry, or unset CHART_MIRROR.`,
    );
  }
  return { chart: file };
}

function pull({ name, version, repository }: Chart): string {
  const from = repository.startsWith("oci://") ? `${repository}/${name}` : `${name} --repo ${repository}`;
  return `helm pull ${from} --version ${version}`;
}

/** JSON is YAML; Terraform must not see a template in it. */
function asYaml(values: object): string {
  const json = JSON.stringify(values, (key, value: unknown) => {
    if (Token.isUnresolved(value))
      throw new Error(`The value "${key}" is only known to AWS: give it as a late value.`);
    return value;
  });
  return literal(json);
}
