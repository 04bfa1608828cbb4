import { DataAwsPartition } from "@cdktf/provider-aws/lib/data-aws-partition";
import { DataAwsSecretsmanagerSecrets } from "@cdktf/provider-aws/lib/data-aws-secretsmanager-secrets";
import { TerraformStack, TerraformVariable, type Precondition } from "cdktf";
import { Construct } from "constructs";
import type { Environment } from "../environments";
import { namesOf } from "../environments/names";
import { keysToCheck, missingKey, missingSecret } from "../environments/app-secret-keys";
import type { Caller } from "./caller";

/** Terraform variable that turns the look at the keys off. */
const CHECK_VARIABLE = "check_app_secret";
/** Named after its way out: Terraform prints this where whoever plans may not read the secret. */
const VALUES = `aws_secretsmanager_secret_version.app_unless_TF_VAR_${CHECK_VARIABLE}_is_false`;

/**
 * Finds out at plan that the app secret or one of its keys is missing: External Secrets would only time out, once all of
 * infra is made.
 *
 * The values are read by an ephemeral resource, so they get into neither state nor plan. Who may not read them sets
 * TF_VAR_check_app_secret=false: then only the secret's being there is checked.
 */
export class AppSecretCheck extends Construct {
  /** The partition's name, known once the secret is complete. */
  readonly passed: string;

  constructor(scope: Construct, id: string, environment: Environment, caller: Caller) {
    super(scope, id);
    const { appSecret } = namesOf(environment);
    const secrets = new DataAwsSecretsmanagerSecrets(this, "secret", {
      provider: caller.provider,
      filter: [{ name: "name", values: [appSecret] }],
      // In another account none would be found.
      dependsOn: [caller.identity],
    });
    const isThere = `contains(data.${secrets.terraformResourceType}.${secrets.friendlyUniqueId}.names, "${appSecret}")`;
    const check = new TerraformVariable(this, "check", {
      type: "bool",
      default: true,
      description: "Whether to look for the app secret's keys at plan",
    });
    check.overrideLogicalId(CHECK_VARIABLE);
    // cdktf 0.21 has no constructs for ephemeral resources.
    TerraformStack.of(this).addOverride(`ephemeral.${VALUES}`, {
      provider: caller.provider.fqn,
      count: `\${var.${CHECK_VARIABLE} && ${isThere} ? 1 : 0}`,
      secret_id: appSecret,
    });

    // Whatever can hold conditions and asks AWS nothing.
    const partition = new DataAwsPartition(this, "complete", { provider: caller.provider });
    partition.lifecycle = { precondition: conditions(environment, isThere) };
    this.passed = partition.partition;
  }
}

function conditions(environment: Environment, isThere: string): Precondition[] {
  const values = `jsondecode(ephemeral.${VALUES}[0].secret_string)`;
  return [
    { condition: `\${${isThere}}`, errorMessage: missingSecret(environment) },
    ...keysToCheck(environment).map((key) => ({
      condition: `\${length(ephemeral.${VALUES}) == 0 || try(length(${values}["${key.name}"]) > 0, false)}`,
      errorMessage: missingKey(environment, key),
    })),
  ];
}
