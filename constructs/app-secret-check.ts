import { DataAwsPartition } from "@cdktf/provider-aws/lib/data-aws-partition";
import { DataAwsSecretsmanagerSecrets } from "@cdktf/provider-aws/lib/data-aws-secretsmanager-secrets";
import { TerraformStack, TerraformVariable, type Precondition } from "cdktf";
import { Construct } from "constructs";
import type { Environment } from "../environments";
import { namesOf } from "../environments/names";
import { keysToCheck, missingKey, missingSecret } from "../environments/app-secret-keys";
import type { Caller } from "./caller";

/** Terraform variable that turns off the check of the keys. */
const CHECK_VARIABLE = "check_app_secret";
/** Terraform prints this name when the caller may not read the secret, so it says how to turn the check off. */
const VALUES = `aws_secretsmanager_secret_version.app_unless_TF_VAR_${CHECK_VARIABLE}_is_false`;

/**
 * Fails the plan if the app secret or one of its keys is missing. Otherwise External Secrets would time out, after all
 * of infra has been created.
 *
 * An ephemeral resource reads the values, so they end up in neither state nor plan. Callers who may not read them set
 * TF_VAR_check_app_secret=false, which leaves only the check that the secret exists.
 */
export class AppSecretCheck extends Construct {
  /** The partition's name, known only after the checks have passed. */
  readonly passed: string;

  constructor(scope: Construct, id: string, environment: Environment, caller: Caller) {
    super(scope, id);
    const { appSecret } = namesOf(environment);
    const secrets = new DataAwsSecretsmanagerSecrets(this, "secret", {
      provider: caller.provider,
      filter: [{ name: "name", values: [appSecret] }],
      // Wrong credentials must fail first: in another account the secret would only seem missing.
      dependsOn: [caller.identity],
    });
    const isThere = `contains(data.${secrets.terraformResourceType}.${secrets.friendlyUniqueId}.names, "${appSecret}")`;
    const check = new TerraformVariable(this, "check", {
      type: "bool",
      default: true,
      description: "Whether to check the app secret's keys at plan",
    });
    check.overrideLogicalId(CHECK_VARIABLE);
    // cdktf 0.21 has no constructs for ephemeral resources.
    TerraformStack.of(this).addOverride(`ephemeral.${VALUES}`, {
      provider: caller.provider.fqn,
      count: `\${var.${CHECK_VARIABLE} && ${isThere} ? 1 : 0}`,
      secret_id: appSecret,
    });

    // Only here to carry the conditions: this data source makes no AWS call.
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
      condition: `\${length(ephemeral.${VALUES}) == 0 || try(trimspace(${values}["${key.name}"]) != "", false)}`,
      errorMessage: missingKey(environment, key),
    })),
  ];
}
