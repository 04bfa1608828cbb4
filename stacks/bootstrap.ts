import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { awsProvider } from "../constructs/aws-provider";
import {
  bucketStatements,
  LIFECYCLE_RULE,
  StateBucket,
  type ExistingBucket,
} from "../constructs/aws/state-bucket";
import { CiRoles, nameIn, policiesOf, rolesOf, type CiPolicy, type CiRole } from "../constructs/ci/ci-roles";
import { GithubProvider } from "../constructs/ci/github-provider";
import { ciTargetOf, type CiTarget } from "../constructs/ci/policies/policy";
import { providerArn } from "../constructs/ci/policies/trust";
import { keepStateInBucket, keepStateLocally } from "../constructs/state-backend";
import type { Environment } from "../environments";
import type { Bootstrap } from "../environments/bootstrap";
import { sharedStateKey } from "../environments/local-state";
import { TERRAFORM_VERSION } from "../environments/terraform-version";
import { BOOTSTRAP } from "./stack-names";

export { nameIn, type CiRole, type ExistingBucket };

export interface BootstrapOptions {
  /** "local" until the bucket exists. */
  readonly state: "local" | "s3";
  /** ARN of the identity provider if the account already has it: it is imported. */
  readonly existingProvider?: string | undefined;
  /** Undefined if the bucket doesn't exist yet. */
  readonly existingBucket?: ExistingBucket | undefined;
  /** Whether an emulator stands in for AWS. @default false */
  readonly emulated?: boolean;
}

/**
 * What must exist before an environment, and must be out of its reach: the state bucket, and the identity provider and
 * roles that GitHub Actions signs in with. An administrator applies it.
 */
export class BootstrapStack extends TerraformStack {
  constructor(scope: Construct, bootstrap: Bootstrap, options: BootstrapOptions) {
    super(scope, BOOTSTRAP);
    const { account, bucket, partition, kmsKeyId, region, tags, ignoreTags } = bootstrap;
    const { existingProvider, existingBucket, emulated = false } = options;
    this.addOverride("terraform.required_version", `>= ${TERRAFORM_VERSION}`);
    this.addBackend(bootstrap, options);
    awsProvider(this, {
      region,
      account,
      emulated,
      tags: { ManagedBy: "cdktf", Stack: BOOTSTRAP },
      ignoreTags,
    });

    new StateBucket(this, "state-bucket", { bucket, partition, kmsKeyId, tags, existing: existingBucket });

    const targets = targetsOf(bootstrap);
    if (targets.length === 0) {
      this.forgetProvider();
      return;
    }
    const provider = new GithubProvider(this, PROVIDER, { existing: existingProvider });
    provider.resource.overrideLogicalId(PROVIDER);
    for (const each of targets) new CiRoles(this, `ci-${each.environment.name}`, { target: each, provider });
  }

  /** For when no environment has CI any longer: the identity provider stays, since others in the account may use it. */
  private forgetProvider(): void {
    const from = `aws_iam_openid_connect_provider.${PROVIDER}`;
    this.addOverride("removed", [{ from, lifecycle: [{ destroy: false }] }]);
  }

  private addBackend({ bucket, region, kmsKeyId }: Bootstrap, { state }: BootstrapOptions): void {
    if (state === "local") keepStateLocally(this, bucket);
    else keepStateInBucket(this, { bucket, key: sharedStateKey(BOOTSTRAP), region, kmsKeyId });
  }
}

const PROVIDER = "github";

/** What the stack creates, by its names in AWS. */
export function bootstrapNames(bootstrap: Bootstrap) {
  const { bucket, partition } = bootstrap;
  return {
    /** ARN of the identity provider; undefined without CI. */
    provider: targetsOf(bootstrap).map(providerArn)[0],
    /** Sids in the bucket's policy. */
    statements: bucketStatements(bucket, partition).map(({ Sid }) => Sid),
    lifecycleRules: [LIFECYCLE_RULE],
  };
}

export type BootstrapNames = ReturnType<typeof bootstrapNames>;

/** An environment's roles and policies in IAM, as its settings want them. It must have CI. */
export function ciRights(environment: Environment): {
  roles: readonly CiRole[];
  policies: readonly CiPolicy[];
} {
  const target = ciTargetOf(environment);
  return { roles: rolesOf(target), policies: policiesOf(target) };
}

/** One for each environment that has CI. */
function targetsOf({ environments }: Bootstrap): CiTarget[] {
  return environments.filter(({ ci }) => ci !== undefined).map(ciTargetOf);
}
