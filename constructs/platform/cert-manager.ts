import type { ITerraformDependable } from "cdktf";
import { CONTROLLERS, type Requests } from "../../environments/requests";
import type { EnvironmentStack } from "../environment-stack";
import { HelmChart } from "./helm-chart";
import { disruptionBudget, placement, podLabels, PRIORITY_CLASS, resources } from "./placement";

const CHART = { name: "cert-manager", version: "v1.21.1", repository: "oci://quay.io/jetstack/charts" };

/** Whom the DNS-01 role is for. */
export const CERT_MANAGER = { namespace: "cert-manager", serviceAccount: "cert-manager" };

/** Keeps the product's certificate issued and renewed. */
export class CertManager extends HelmChart {
  constructor(stack: EnvironmentStack, props: { readonly dependsOn: readonly ITerraformDependable[] }) {
    const { replicas, capacity } = stack.environment.platform;
    const { namespace, serviceAccount } = CERT_MANAGER;
    const pods = (name: string, requests: Requests) => ({
      replicaCount: replicas,
      podDisruptionBudget: disruptionBudget(replicas),
      ...placement(podLabels(name, "cert-manager"), capacity),
      resources: resources(requests),
    });
    super(stack, "cert-manager", {
      chart: CHART,
      namespace,
      dependsOn: props.dependsOn,
      values: {
        ...pods("cert-manager", CONTROLLERS["cert-manager"]),
        // Certificates must survive an accident with the release.
        crds: { enabled: true, keep: true },
        serviceAccount: { name: serviceAccount },
        global: { priorityClassName: PRIORITY_CLASS, leaderElection: { namespace } },
        webhook: pods("webhook", CONTROLLERS["cert-manager-webhook"]),
        cainjector: pods("cainjector", CONTROLLERS["cert-manager-cainjector"]),
      },
    });
  }
}
