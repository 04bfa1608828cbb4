import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { labels } from "../labels";
import { Moved } from "../moved";

/** Any type published for a CRD. */
interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly annotations?: object };
  readonly spec?: object;
}

export interface CustomResourceProps<T extends KubernetesObject> {
  /** Without labels, which are added here. */
  readonly manifest: T;
  /** Its component label. */
  readonly component: string;
  /** On creation, waits until its operator reports Ready. @default false */
  readonly waitForReady?: boolean;
  /**
   * Deleted only once what depends on it has been updated. Terraform extends that to whatever it depends on. Not for what
   * waits for Ready: after a wait that failed, Terraform would create it again under a name that is taken. @default false
   */
  readonly createBeforeDestroy?: boolean;
  /** Whether its name changes with the settings: it then has its name as its id. @default false */
  readonly renamed?: boolean;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** Longest wait for Ready: a working operator takes seconds. */
const READY_TIMEOUT = "2m";

/**
 * A custom resource, type-checked by the compiler and validated against the CRD by the cluster at plan. Its operator is
 * in `infra`, which is deployed before `app` is planned.
 */
export class CustomResource<T extends KubernetesObject> extends Construct {
  readonly name: string;
  readonly resource: Manifest;

  constructor(scope: Construct, id: string, props: CustomResourceProps<T>) {
    super(scope, id);
    const { apiVersion, kind, metadata, spec } = props.manifest;
    this.name = metadata?.name ?? id;
    const { renamed = false } = props;
    this.resource = new Manifest(this, renamed ? this.name : "manifest", {
      manifest: {
        apiVersion,
        kind,
        metadata: { ...metadata, labels: labels(this.name, props.component) },
        spec,
      },
      ...(props.waitForReady === true
        ? { wait: { condition: [{ type: "Ready", status: "True" }] }, timeouts: { create: READY_TIMEOUT } }
        : {}),
      ...(props.createBeforeDestroy === true ? { lifecycle: { createBeforeDestroy: true } } : {}),
      dependsOn: [...(props.dependsOn ?? [])],
    });
    if (renamed) new Moved(this, "manifest", this.resource);
  }
}
