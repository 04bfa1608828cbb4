import { DataAwsSecretsmanagerSecrets } from "@cdktf/provider-aws/lib/data-aws-secretsmanager-secrets";
import { TerraformVariable, type Precondition } from "cdktf";
import { Construct } from "constructs";
import type { EnvironmentStack } from "../environment-stack";
import type { AppSecretKey } from "../workloads/app-secret-keys";

/** Terraform variable that turns the look at the keys off. */
const CHECK_VARIABLE = "check_app_secret";
const VALUES = "aws_secretsmanager_secret_version.app";

export interface AppSecretCheckProps {
  /** The keys that must have a value. */
  readonly keys: readonly AppSecretKey[];
}

/**
 * Finds out at plan that the app secret or one of its keys is missing: External Secrets would only time out.
 *
 * The values are read by an ephemeral resource, so they get into neither state nor plan. Who may not read them sets
 * TF_VAR_check_app_secret=false: then only the secret's being there is checked.
 */
export class AppSecretCheck extends Construct {
  /** For the resource that everything with a secret depends on: as its preconditions they never stop a destroy. */
  readonly preconditions: Precondition[];

  constructor(stack: EnvironmentStack, id: string, props: AppSecretCheckProps) {
    super(stack, id);
    const { appSecret } = stack.names;
    const { name, region } = stack.environment;

    const secrets = new DataAwsSecretsmanagerSecrets(this, "secret", {
      filter: [{ name: "name", values: [appSecret] }],
    });
    const isThere = `contains(data.${secrets.terraformResourceType}.${secrets.friendlyUniqueId}.names, "${appSecret}")`;
    const check = new TerraformVariable(this, "check", {
      type: "bool",
      default: true,
      description: "Whether to look for the app secret's keys at plan",
    });
    check.overrideLogicalId(CHECK_VARIABLE);
    // cdktf 0.21 has no constructs for ephemeral resources.
    stack.addOverride(`ephemeral.${VALUES}`, {
      count: `\${var.${CHECK_VARIABLE} && ${isThere} ? 1 : 0}`,
      secret_id: appSecret,
    });

    // Terraform wraps text but leaves indented lines alone: a command can be copied whole.
    const mend = (command: string) =>
      "write app-secret.json, with the keys of docs/app-secret.example.json, and run:\n\n" +
      `  aws secretsmanager ${command} --region ${region} --secret-string file://app-secret.json\n`;
    const values = `jsondecode(ephemeral.${VALUES}[0].secret_string)`;
    this.preconditions = [
      {
        condition: `\${${isThere}}`,
        errorMessage: `The secret ${appSecret} of environment ${name} is not there. To make it, ${mend(`create-secret --name ${appSecret}`)}`,
      },
      ...props.keys.map((key) => ({
        condition: `\${length(ephemeral.${VALUES}) == 0 || try(length(${values}["${key.name}"]) > 0, false)}`,
        errorMessage: `The secret ${appSecret} of environment ${name} has no value for ${key.name} (${key.about}). To add it, ${mend(`put-secret-value --secret-id ${appSecret}`)}`,
      })),
    ];
  }
}
