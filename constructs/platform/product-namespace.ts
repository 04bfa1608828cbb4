import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { NAMESPACE } from "../../environments/names";
import { labels } from "../labels";

export interface ProductNamespaceProps {
  /** Makes Terraform refuse, at plan, to destroy it. */
  readonly protection: boolean;
  /** A working cluster: on destroy, an add-on's pods delete the namespace's volumes. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * The product's namespace, with restricted pod security. It is created before the controllers, which get permissions in it
 * instead of in the whole cluster; `app` fills it.
 */
export class ProductNamespace extends Construct {
  readonly resource: NamespaceV1;
  /** Its name: whatever refers to it is created after it. */
  readonly name: string;

  constructor(scope: Construct, id: string, props: ProductNamespaceProps) {
    super(scope, id);
    this.resource = new NamespaceV1(this, "namespace", {
      metadata: {
        name: NAMESPACE,
        labels: {
          ...labels(NAMESPACE, "namespace"),
          "pod-security.kubernetes.io/enforce": "restricted",
          "pod-security.kubernetes.io/enforce-version": "latest",
          "pod-security.kubernetes.io/warn": "restricted",
          "pod-security.kubernetes.io/audit": "restricted",
        },
      },
      lifecycle: { preventDestroy: props.protection },
      dependsOn: [...props.dependsOn],
    });
    this.name = this.resource.metadata.name;
  }
}
