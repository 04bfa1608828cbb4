import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { labels } from "../labels";

/** Anything that a CRD's published types describe. */
interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly annotations?: object };
  readonly spec?: object;
}

export interface CustomResourceProps<T extends KubernetesObject> {
  /** Without labels: they are the project's. */
  readonly manifest: T;
  /** Part of the product that it belongs to, for its labels. */
  readonly component: string;
  /** Waits, when it is made, until its operator says Ready. @default false */
  readonly waitForReady?: boolean;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Longest wait for Ready: an operator that can do its work does it in seconds. */
const READY_TIMEOUT = "2m";

/**
 * An object of a kind that an operator brought, checked against the CRD's types by the compiler and against the CRD by
 * the cluster at plan. Its operator is in `infra`, which is there before `app` plans.
 */
export class CustomResource<T extends KubernetesObject> extends Construct {
  readonly resource: Manifest;

  constructor(scope: Construct, id: string, props: CustomResourceProps<T>) {
    super(scope, id);
    const { apiVersion, kind, metadata, spec } = props.manifest;
    this.resource = new Manifest(this, "manifest", {
      manifest: {
        apiVersion,
        kind,
        metadata: { ...metadata, labels: labels(metadata?.name ?? id, props.component) },
        spec,
      },
      ...(props.waitForReady === true
        ? { wait: { condition: [{ type: "Ready", status: "True" }] }, timeouts: { create: READY_TIMEOUT } }
        : {}),
      dependsOn: [...props.dependsOn],
    });
  }
}
