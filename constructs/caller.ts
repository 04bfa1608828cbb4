import { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import type { ITerraformDependable, Postcondition } from "cdktf";
import { Construct } from "constructs";
import type { Environment } from "../environments";
import { administrators, ciOf } from "../environments/ci";
import { forEmulator } from "./aws-provider";

/** The caller's ARN as EKS knows it, without a role's path, which STS doesn't return. */
const CALLER =
  'replace(self.arn, "/^(arn:[^:]+):sts::([0-9]+):assumed-role/([^/]+)/.*$/", "$1:iam::$2:role/$3")';

/** Checks the credentials: they must belong to the environment's account, and to a principal its cluster admits. */
export class Caller extends Construct {
  /** Account ID of the credentials, known only after they have been checked. */
  readonly account: string;
  readonly identity: ITerraformDependable;
  /** For data that must be read before the stack's own provider starts. */
  readonly provider: AwsProvider;

  constructor(scope: Construct, id: string, environment: Environment) {
    super(scope, id);
    const { account, region } = environment;
    this.provider = new AwsProvider(this, "provider", {
      alias: "caller",
      region,
      ...forEmulator(environment.emulator !== undefined),
    });
    const identity = new DataAwsCallerIdentity(this, "identity", { provider: this.provider });
    identity.lifecycle = {
      postcondition: [
        ...(account === undefined ? [] : [ofAccount(environment, account)]),
        amongAdministrators(environment),
      ],
    };
    this.identity = identity;
    this.account = identity.accountId;
  }
}

function ofAccount({ name }: Environment, account: string): Postcondition {
  return {
    condition: `\${self.account_id == "${account}"}`,
    errorMessage:
      `These credentials (\${self.arn}) belong to account \${self.account_id}, but environment ${name} belongs to account ${account} (account in environments/${name}.ts or ${name}.local.json). Use a profile of that account, or choose another environment:\n\n` +
      "  export AWS_PROFILE=<profile>\n  export WBOT_ENV=<name>\n",
  };
}

/** Passes for a caller in another account: that has its own error, and its ARN should not end up in the settings. */
function amongAdministrators(environment: Environment): Postcondition {
  const { name, account } = environment;
  const known = JSON.stringify(callers(environment).map(withoutPath));
  const elsewhere = account === undefined ? "" : `self.account_id != "${account}" || `;
  return {
    condition: `\${${elsewhere}contains(${known}, ${CALLER})}`,
    errorMessage:
      `\${${CALLER}} is not listed in access.admins of environment ${name}, so the cluster would refuse it. Add its ARN (for a role, with its path) to access.admins in environments/${name}.local.json (if there is a cluster, somebody who is listed must then deploy infra), or use a profile that is listed:\n\n` +
      "  export AWS_PROFILE=<profile>\n",
  };
}

/** Principals that the cluster admits. The plan role has its own access; its IAM policies keep it from deploying. */
function callers(environment: Environment): string[] {
  const planRole = ciOf(environment)?.planRole;
  return [...administrators(environment), ...(planRole === undefined ? [] : [planRole])];
}

/** Role names are unique in an account, whatever their paths. */
function withoutPath(arn: string): string {
  return arn.replace(/:role\/.*\//, ":role/");
}
