import { createHash } from "node:crypto";
import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import { Token, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { labels } from "../labels";
import { literal } from "../literal";

const HASH_LENGTH = 10;

export interface ConfigProps {
  readonly namespace: string;
  /** Of the workload that it belongs to. */
  readonly name: string;
  readonly component: string;
  /** Environment variables, known at synth. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * An immutable ConfigMap named by its content: a change is another one, which rolls the pods, and running pods keep
 * theirs until then.
 */
export class Config extends Construct {
  readonly name: string;
  /** The pods' Deployment must depend on it, or the old one goes before the pods that use it. */
  readonly resource: ITerraformDependable;

  constructor(scope: Construct, id: string, props: ConfigProps) {
    super(scope, id);
    const sorted = Object.entries(props.variables).sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [key, value] of sorted) {
      // The hash of a token would be the same whatever it turns out to be.
      if (Token.isUnresolved(value))
        throw new Error(`${props.name}: the variable ${key} is only known to AWS`);
    }
    const hash = createHash("sha256").update(JSON.stringify(sorted)).digest("hex").slice(0, HASH_LENGTH);
    this.name = `${props.name}-config-${hash}`;
    this.resource = new ConfigMapV1(this, "config-map", {
      metadata: { name: this.name, namespace: props.namespace, labels: labels(props.name, props.component) },
      immutable: true,
      data: Object.fromEntries(sorted.map(([key, value]) => [key, literal(value)])),
      // Terraform makes whatever this depended on before its predecessor is gone, too, which no fixed name survives.
      lifecycle: { createBeforeDestroy: true },
    });
  }
}
