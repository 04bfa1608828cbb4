import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { IService } from "kubernetes-models/v1/Service";
import { NAMESPACE } from "../../environments/names";
import { selector } from "../labels";

/** Contains nothing personal, only a pod's hash. */
export const STICKY_COOKIE = "wbot-pod";
/**
 * How long a browser is sent to the same pod, from its first request on: Traefik doesn't renew the cookie. After that it gets
 * the next pod, also one that the autoscaler has added meanwhile. Long against a rollout, during which another pod may be of
 * another version.
 */
const STICKY_SECONDS = 3600;
const COOKIE = "traefik.ingress.kubernetes.io/service.sticky.cookie";
const sticky = (sameSite: "lax" | "none") => ({
  [COOKIE]: "true",
  [`${COOKIE}.name`]: STICKY_COOKIE,
  [`${COOKIE}.maxage`]: String(STICKY_SECONDS),
  [`${COOKIE}.secure`]: "true",
  [`${COOKIE}.httponly`]: "true",
  [`${COOKIE}.samesite`]: sameSite,
});

export interface ServiceProps {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly port: number;
  /** Whether Traefik sends a browser to the same pod for an hour at a time, using a cookie. */
  readonly sticky: boolean;
  /** Whether pages may be in frames of other sites, where browsers send only cookies with `SameSite=None`. */
  readonly framed: boolean;
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
      metadata: {
        name: props.name,
        namespace: NAMESPACE,
        labels: props.labels,
        ...(props.sticky ? { annotations: sticky(props.framed ? "none" : "lax") } : {}),
      },
      spec: {
        type: "ClusterIP",
        selector: selector(props.name),
        // Prefers pods in the caller's zone: faster, and without cross-zone charges.
        trafficDistribution: "PreferSameZone",
        ports: [{ name: "http", port: props.port, targetPort: "http", protocol: "TCP" }],
      },
    } satisfies IService;
    new Manifest(this, "manifest", { manifest, dependsOn: [...props.dependsOn] });
  }
}
