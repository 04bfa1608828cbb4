import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { Token, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { NAMESPACE } from "../../environments/names";
import { labels } from "../labels";
import { escapeTemplate, shortHash } from "../text";
import { Moved } from "../moved";

const HASH_DIGITS = 10;

export interface ConfigProps {
  /** Name of its workload. */
  readonly name: string;
  readonly component: string;
  /** Environment variables, known at synth. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * An immutable ConfigMap named after its content: a change creates a new one, which rolls the pods; running pods keep
 * the old one until then.
 */
export class Config extends Construct {
  readonly name: string;
  /** The Deployment must depend on it, or the old one is deleted before the pods that use it. */
  readonly resource: ITerraformDependable;

  constructor(scope: Construct, id: string, props: ConfigProps) {
    super(scope, id);
    const sorted = Object.entries(props.variables).sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [key, value] of sorted) {
      // A token's hash would stay the same whatever it resolves to.
      if (Token.isUnresolved(value))
        throw new Error(`${props.name}: the variable ${key} is known only after apply`);
    }
    const hash = shortHash(JSON.stringify(sorted), HASH_DIGITS);
    this.name = `${props.name}-config-${hash}`;
    const configMap = new ConfigMapV1(this, this.name, {
      metadata: { name: this.name, namespace: NAMESPACE, labels: labels(props.name, props.component) },
      immutable: true,
      data: Object.fromEntries(sorted.map(([key, value]) => [key, escapeTemplate(value)])),
      // Terraform then also creates this one's dependencies before destroying the old ones: they can't have fixed
      // names.
      lifecycle: { createBeforeDestroy: true },
    });
    new Moved(this, "config-map", configMap);
    this.resource = configMap;
  }
}
