import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { Construct } from "constructs";
import { EnvironmentError } from "../../environments";
import { PART_OF } from "../../environments/names";
import type { GithubProvider } from "./github-provider";
import { ciBoundary, stackBoundary } from "./policies/boundaries";
import { networkPolicy, platformPolicy, rolesPolicy, servicesPolicy } from "./policies/deploy";
import { POLICY_CHARACTERS, type Policy, type Scope } from "./policies/policy";
import { dataPolicy, readPolicy } from "./policies/read";
import { deployTrust, planTrust } from "./policies/trust";

/** Longest sessions (hours): a plan takes minutes, a deploy that replaces nodes waits for their streams to end. */
const PLAN_HOURS = 1;
const DEPLOY_HOURS = 3;
const SECONDS_PER_HOUR = 3600;

export interface CiPolicy {
  readonly arn: string;
  /** IAM can't change it: a new description replaces the policy. */
  readonly description: string;
  readonly document: Policy;
}

export interface CiRole {
  readonly arn: string;
  readonly description: string;
  readonly trust: Policy;
  /** ARNs of its policies. */
  readonly policies: readonly string[];
  /** ARN of its permissions boundary. */
  readonly boundary: string;
  /** Longest session (hours). */
  readonly hours: number;
}

const NAMES = ["read", "data", "network", "platform", "services", "roles"] as const;

function arnOf(scope: Scope, name: (typeof NAMES)[number]): string {
  return scope.iam(`policy/${scope.names.prefix}-ci-${name}`);
}

/** Every policy of an environment's CI, boundaries last. Refuses settings that make one longer than IAM takes. */
export function policiesOf(scope: Scope): CiPolicy[] {
  const policies = unchecked(scope);
  for (const { arn, document } of policies) {
    const { length } = JSON.stringify(document);
    if (length > POLICY_CHARACTERS)
      throw new EnvironmentError(
        `The environment "${scope.environment.name}" needs a policy ${nameIn(arn)} of ${length} characters, and IAM takes ${POLICY_CHARACTERS}: shorten registry.namespace and the names of repositories in ai.image and web.image, or list fewer registry.copies or domain.others.`,
      );
  }
  return policies;
}

function unchecked(scope: Scope): CiPolicy[] {
  const documents = {
    read: ["What a plan reads of resources", readPolicy(scope)],
    data: ["The state and the Redis secret, and never the app secret", dataPolicy(scope)],
    network: ["What a deploy changes of the network", networkPolicy(scope)],
    platform: ["What a deploy changes of cluster, cache and load balancer", platformPolicy(scope)],
    services: ["What a deploy changes of logs, alarms, key and state", servicesPolicy(scope)],
    roles: ["Roles that a deploy makes, within their boundary", rolesPolicy(scope)],
  } as const;
  return [
    ...NAMES.map((name) => {
      const [description, document] = documents[name];
      return { arn: arnOf(scope, name), description, document };
    }),
    {
      arn: scope.ci.ciBoundary,
      description: "The most that the CI roles may ever do",
      document: ciBoundary(scope),
    },
    {
      arn: scope.ci.stackBoundary,
      description: "The most that a role which the stacks make may ever do",
      document: stackBoundary(scope),
    },
  ];
}

/** The role that plans and the one that deploys. */
export function rolesOf(scope: Scope): CiRole[] {
  const { ci, environment } = scope;
  return [
    {
      arn: ci.planRole,
      description: `Plans ${environment.name} in GitHub Actions: reads, and changes nothing`,
      trust: planTrust(scope),
      policies: [arnOf(scope, "read"), arnOf(scope, "data")],
      boundary: ci.ciBoundary,
      hours: PLAN_HOURS,
    },
    {
      arn: ci.deployRole,
      description: `Deploys ${environment.name} in GitHub Actions, once its reviewers agree`,
      trust: deployTrust(scope),
      policies: NAMES.map((name) => arnOf(scope, name)),
      boundary: ci.ciBoundary,
      hours: DEPLOY_HOURS,
    },
  ];
}

export interface CiRolesProps {
  readonly scope: Scope;
  /** Whom the roles trust. */
  readonly provider: GithubProvider;
}

/** What GitHub Actions uses to plan and deploy one environment: two roles with a boundary, and their policies. */
export class CiRoles extends Construct {
  constructor(parent: Construct, id: string, { scope, provider }: CiRolesProps) {
    super(parent, id);
    const { environment } = scope;
    const tags = { Environment: environment.name, Project: PART_OF, ...environment.tags };
    const policies = new Map(
      policiesOf(scope).map(({ arn, description, document }) => {
        const name = nameIn(arn);
        const policy = new IamPolicy(this, idOf(scope, name), {
          name,
          description,
          policy: JSON.stringify(document),
          tags,
        });
        return [arn, policy];
      }),
    );
    const policyOf = (arn: string): IamPolicy => {
      const policy = policies.get(arn);
      if (!policy) throw new Error(`${arn} is none of this environment's policies`);
      return policy;
    };
    for (const wanted of rolesOf(scope)) {
      const name = nameIn(wanted.arn);
      const role = new IamRole(this, `${idOf(scope, name)}-role`, {
        name,
        description: wanted.description,
        assumeRolePolicy: JSON.stringify(wanted.trust),
        permissionsBoundary: policyOf(wanted.boundary).arn,
        maxSessionDuration: wanted.hours * SECONDS_PER_HOUR,
        tags,
        dependsOn: [provider.resource],
      });
      // Policies that others attached to the role stay. Attaching one that is attached already succeeds.
      for (const arn of wanted.policies)
        new IamRolePolicyAttachment(this, `${idOf(scope, name)}-${idOf(scope, nameIn(arn))}`, {
          role: role.name,
          policyArn: policyOf(arn).arn,
        });
    }
  }
}

export function nameIn(arn: string): string {
  return arn.split("/").at(-1) ?? arn;
}

/** "ci-plan" of "wbot-prod-ci-plan". */
function idOf({ names }: Scope, name: string): string {
  return name.replace(`${names.prefix}-`, "");
}
