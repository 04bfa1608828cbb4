import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { selector } from "../labels";

export interface ServiceProps {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly port: number;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * A workload's Service. A manifest, since the provider's own resource lacks `trafficDistribution`.
 *
 * @see https://kubernetes.io/docs/reference/networking/virtual-ips/#traffic-distribution
 */
export class Service extends Construct {
  constructor(scope: Construct, id: string, props: ServiceProps) {
    super(scope, id);
    const manifest = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: props.name, namespace: props.namespace, labels: props.labels },
      spec: {
        type: "ClusterIP",
        selector: selector(props.name),
        // Prefers pods in the caller's zone: faster, and without cross-zone charges.
        trafficDistribution: "PreferSameZone",
        ports: [{ name: "http", port: props.port, targetPort: "http", protocol: "TCP" }],
      },
    };
    new Manifest(this, "manifest", { manifest, dependsOn: [...props.dependsOn] });
  }
}
