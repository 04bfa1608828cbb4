import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment";
import { Construct } from "constructs";
import { EnvironmentError } from "../../environments";
import { ownTags } from "../../environments/names";
import type { GithubProvider } from "./github-provider";
import { ciBoundary } from "./policies/ci-boundary";
import { networkPolicy } from "./policies/deploy-network";
import { platformPolicy } from "./policies/deploy-platform";
import { rolesPolicy } from "./policies/deploy-roles";
import { servicesPolicy } from "./policies/deploy-services";
import { POLICY_CHARACTERS, type Policy, type CiTarget } from "./policies/policy";
import { dataPolicy, readPolicy } from "./policies/read";
import { stackBoundary } from "./policies/stack-boundary";
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

const POLICIES = {
  read: ["What a plan reads of resources", readPolicy],
  data: ["The state and the Redis secret, and never the app secret", dataPolicy],
  // What deploying and destroying both stacks requires, in addition.
  network: ["What a deploy changes of the network", networkPolicy],
  platform: ["What a deploy changes of cluster, cache and load balancer", platformPolicy],
  services: ["What a deploy changes of logs, alarms, key and state", servicesPolicy],
  roles: ["Roles that a deploy makes, within their boundary", rolesPolicy],
} as const;
const NAMES = Object.keys(POLICIES) as (keyof typeof POLICIES)[];

function arnOf(target: CiTarget, name: keyof typeof POLICIES): string {
  return target.iam(`policy/${target.names.prefix}-ci-${name}`);
}

/** Every policy of an environment's CI, boundaries last. Refuses settings that make one longer than IAM takes. */
export function policiesOf(target: CiTarget): CiPolicy[] {
  const { ci, environment } = target;
  const policies = [
    ...NAMES.map((name) => {
      const [description, documentOf] = POLICIES[name];
      return { arn: arnOf(target, name), description, document: documentOf(target) };
    }),
    {
      arn: ci.ciBoundary,
      description: "The most that the CI roles may ever do",
      document: ciBoundary(target),
    },
    {
      arn: ci.stackBoundary,
      description: "The most that a role which the stacks make may ever do",
      document: stackBoundary(target),
    },
  ];
  for (const { arn, document } of policies) {
    const { length } = JSON.stringify(document);
    if (length > POLICY_CHARACTERS)
      throw new EnvironmentError(
        `The environment "${environment.name}" needs a policy ${nameIn(arn)} of ${length} characters, and IAM takes ${POLICY_CHARACTERS}: shorten registry.namespace and the names of repositories in ai.image and web.image, or list fewer registry.copies or domain.others.`,
      );
  }
  return policies;
}

/** The role that plans and the one that deploys. */
export function rolesOf(target: CiTarget): CiRole[] {
  const { ci, environment } = target;
  return [
    {
      arn: ci.planRole,
      description: `Plans ${environment.name} in GitHub Actions: reads, and changes nothing`,
      trust: planTrust(target),
      policies: [arnOf(target, "read"), arnOf(target, "data")],
      boundary: ci.ciBoundary,
      hours: PLAN_HOURS,
    },
    {
      arn: ci.deployRole,
      description: `Deploys ${environment.name} in GitHub Actions, once its reviewers agree`,
      trust: deployTrust(target),
      policies: NAMES.map((name) => arnOf(target, name)),
      boundary: ci.ciBoundary,
      hours: DEPLOY_HOURS,
    },
  ];
}

export interface CiRolesProps {
  readonly target: CiTarget;
  /** Whom the roles trust. */
  readonly provider: GithubProvider;
}

/** What GitHub Actions uses to plan and deploy one environment: two roles with a boundary, and their policies. */
export class CiRoles extends Construct {
  constructor(scope: Construct, id: string, { target, provider }: CiRolesProps) {
    super(scope, id);
    const { environment } = target;
    const tags = { ...ownTags(environment), ...environment.tags };
    const policies = new Map(
      policiesOf(target).map(({ arn, description, document }) => {
        const name = nameIn(arn);
        const policy = new IamPolicy(this, idOf(target, name), {
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
    for (const wanted of rolesOf(target)) {
      const name = nameIn(wanted.arn);
      const role = new IamRole(this, `${idOf(target, name)}-role`, {
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
        new IamRolePolicyAttachment(this, `${idOf(target, name)}-${idOf(target, nameIn(arn))}`, {
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
function idOf({ names }: CiTarget, name: string): string {
  return name.replace(`${names.prefix}-`, "");
}
