import type { IExternalSecret } from "@kubernetes-models/external-secrets/external-secrets.io/v1/ExternalSecret";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { NAMESPACE } from "../../environments/names";
import { externalSecret, type SecretProperty } from "../external-secret-manifests";
import { labels } from "../labels";
import { CustomResource } from "./custom-resource";

export interface ExternalSecretProps {
  /** Name of the ExternalSecret and of the Secret that it fills. */
  readonly name: string;
  /** The namespace's SecretStore. */
  readonly store: ITerraformDependable;
  /** What to read, by the name used in the templates. */
  readonly data: Readonly<Record<string, SecretProperty>>;
  /** Keys of the Secret as Go templates over `data`. @default - `data` as it is */
  readonly templates?: Readonly<Record<string, string>>;
  /** Whether pods also start without its Secret. @default false */
  readonly optional?: boolean;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** A Secret that External Secrets fills. If a value goes missing, the Secret keeps the old one. */
export class ExternalSecret extends Construct {
  readonly name: string;
  readonly optional: boolean;
  readonly resource: ITerraformDependable;

  constructor(scope: Construct, id: string, props: ExternalSecretProps) {
    super(scope, id);
    this.name = props.name;
    this.optional = props.optional ?? false;
    this.resource = new CustomResource<IExternalSecret>(this, "external-secret", {
      component: "secrets",
      waitForReady: true,
      dependsOn: [props.store, ...props.dependsOn],
      manifest: externalSecret({
        ...props,
        namespace: NAMESPACE,
        template: {
          engineVersion: "v2",
          metadata: { labels: labels(props.name, "secrets") },
          ...(props.templates ? { data: { ...props.templates } } : {}),
        },
      }),
    }).resource;
  }
}

/** Annotation that lists the Secrets, separated by commas, whose changes make Reloader roll the pods. */
export const RELOAD_ON = "secret.reloader.stakater.com/reload";

/** What Reloader adds to the pod template to roll the pods: the next apply must not remove it and roll them again. */
export const IGNORE_RELOAD =
  'spec[0].template[0].metadata[0].annotations["reloader.stakater.com/last-reloaded-from"]';
