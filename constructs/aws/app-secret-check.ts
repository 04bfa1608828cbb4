import { DataAwsSecretsmanagerSecrets } from "@cdktf/provider-aws/lib/data-aws-secretsmanager-secrets";
import { TerraformVariable } from "cdktf";
import { Construct } from "constructs";
import type { EnvironmentStack } from "../environment-stack";
import type { AppSecretKey } from "../workloads/app-secret-keys";

/** Terraform variable that turns the look at the keys off. */
const CHECK_VARIABLE = "check_app_secret";

export interface AppSecretCheckProps {
  /** The keys that must have a value. */
  readonly keys: readonly AppSecretKey[];
}

/**
 * Ends a plan when the app secret or one of its keys is missing: External Secrets would only time out.
 *
 * The values are read by an ephemeral resource, so they get into neither state nor plan. Who may not read them sets
 * TF_VAR_check_app_secret=false: then only the secret's being there is checked.
 */
export class AppSecretCheck extends Construct {
  constructor(stack: EnvironmentStack, id: string, props: AppSecretCheckProps) {
    super(stack, id);
    const { appSecret } = stack.names;
    const { name, region } = stack.environment;
    // Terraform wraps text but leaves indented lines alone: a command can be copied whole.
    const mend = (command: string) =>
      "write app-secret.json, with the keys of docs/app-secret.example.json, and run:\n\n" +
      `  aws secretsmanager ${command} --region ${region} --secret-string file://app-secret.json\n`;

    const found = new DataAwsSecretsmanagerSecrets(this, "secret", {
      filter: [{ name: "name", values: [appSecret] }],
    });
    found.lifecycle = {
      postcondition: [
        {
          condition: `\${contains(self.names, ${JSON.stringify(appSecret)})}`,
          errorMessage: `The secret ${appSecret} of environment ${name} is not there. To make it, ${mend(`create-secret --name ${appSecret}`)}`,
        },
      ],
    };

    const check = new TerraformVariable(this, "check", {
      type: "bool",
      default: true,
      description: "Whether to look for the app secret's keys at plan",
    });
    check.overrideLogicalId(CHECK_VARIABLE);
    // cdktf 0.21 has no constructs for ephemeral resources.
    stack.addOverride("ephemeral.aws_secretsmanager_secret_version.app", {
      count: `\${var.${CHECK_VARIABLE} ? 1 : 0}`,
      secret_id: appSecret,
      // A static address: `fqn` is a template, which depends_on does not take.
      depends_on: [`data.${found.terraformResourceType}.${found.friendlyUniqueId}`],
      lifecycle: {
        postcondition: props.keys.map((key) => ({
          condition: `\${try(length(jsondecode(self.secret_string)[${JSON.stringify(key.name)}]) > 0, false)}`,
          error_message: `The secret ${appSecret} of environment ${name} has no value for ${key.name} (${key.about}). To add it, ${mend(`put-secret-value --secret-id ${appSecret}`)}`,
        })),
      },
    });
  }
}
