import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { Aspects, Fn, TerraformElement, TerraformStack, Token } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import type { Environment } from "../environments";
import { ciOf } from "../environments/ci";
import { namesOf, ownTags, secretResource, type Names } from "../environments/names";
import { stateKey, stateRegion } from "../environments/local-state";
import { partitionOf } from "../environments/region";
import { TERRAFORM_VERSION } from "../environments/terraform-version";
import { AppSecretCheck } from "./app-secret-check";
import { awsProvider } from "./aws-provider";
import { Caller } from "./caller";
import { QuickStack } from "./quick-stack";
import { keepStateInBucket, keepStateLocally } from "./state-backend";

export interface StackOptions {
  /**
   * Whether a plan checks for things only a deploy needs, such as the app secret and the images. A destroy must not:
   * they may be gone, or the caller may not be allowed to read them. @default true
   */
  readonly checks?: boolean;
}

/** Base of an environment's stacks: state backend, AWS provider, account and names. */
export abstract class EnvironmentStack extends QuickStack {
  readonly environment: Environment;
  readonly names: Names;
  /** "aws" or "aws-us-gov". */
  readonly partition: string;
  /** Tags of every AWS resource of the stack. */
  readonly tags: Readonly<Record<string, string>>;
  /** ID of the account to deploy to: the environment's, else the credentials'. */
  readonly account: string;
  readonly checks: boolean;
  private readonly forgotten: string[] = [];

  protected constructor(
    scope: Construct,
    id: string,
    environment: Environment,
    { checks = true }: StackOptions = {},
  ) {
    super(scope, id);
    this.environment = environment;
    this.checks = checks;
    this.names = namesOf(environment);
    this.partition = partitionOf(environment.region);
    this.tags = {
      ...ownTags(environment),
      ManagedBy: "cdktf",
      Stack: id,
      ...environment.tags,
    };
    this.addOverride("terraform.required_version", `>= ${TERRAFORM_VERSION}`);
    this.addBackend();
    const caller = new Caller(this, "caller", environment);
    this.account = environment.account ?? caller.account;
    const passed = checks ? [new AppSecretCheck(this, "app-secret", environment, caller).passed] : [];
    awsProvider(this, {
      region: environment.region,
      // The value is just this.account. Referring to the others makes the provider, and so all it manages, wait for
      // their checks: a failed check is then the only error, before anything else is planned.
      account: Token.asString(Fn.coalesce([this.account, caller.account, ...passed])),
      emulated: environment.emulator !== undefined,
      tags: this.tags,
      ignoreTags: environment.ignoreTags,
    });
    const ci = ciOf(environment);
    if (ci) boundRoles(this, ci.stackBoundary);
  }

  /** The one that a construct is in. */
  static override of(construct: IConstruct): EnvironmentStack {
    const stack = TerraformStack.of(construct);
    if (stack instanceof EnvironmentStack) return stack;
    throw new Error(`${construct.node.path} is in no stack of an environment`);
  }

  /** ARN of a resource in this account and region. */
  arn(service: string, resource: string): string {
    return `arn:${this.partition}:${service}:${this.environment.region}:${this.account}:${resource}`;
  }

  /** ARN of a secret by its name. */
  secretArn(name: string): string {
    return this.arn("secretsmanager", secretResource(name));
  }

  /** Drops resources from the state at the next deploy without destroying them: by address, "aws_lb.load-balancer_nlb_6C1A9E52". */
  forget(...addresses: readonly string[]): void {
    this.forgotten.push(...addresses);
    const removed = this.forgotten.map((from) => ({ from, lifecycle: [{ destroy: false }] }));
    this.addOverride("removed", removed);
  }

  /** The same for the parts that a construct had in earlier deploys: Terraform's types by the parts' ids. */
  forgetParts(scope: Construct, id: string, parts: Readonly<Record<string, string>>): void {
    const earlier = new Construct(scope, id);
    const address = ([part, type]: readonly [string, string]) =>
      `${type}.${new TerraformElement(earlier, part).friendlyUniqueId}`;
    this.forget(...Object.entries(parts).map(address));
  }

  private addBackend(): void {
    const { name, state } = this.environment;
    if (state.kind === "local") keepStateLocally(this, name);
    else
      keepStateInBucket(this, {
        bucket: state.bucket,
        key: stateKey(name, this.node.id),
        region: stateRegion(this.environment),
        kmsKeyId: state.kmsKeyId,
      });
  }
}

/**
 * Puts a permissions boundary on every IAM role of a stack, including roles added later. A principal that may create
 * roles only with this boundary can't grant a role more than the boundary allows.
 */
function boundRoles(stack: TerraformStack, boundary: string): void {
  Aspects.of(stack).add({
    visit(node: IConstruct) {
      if (node instanceof IamRole) node.permissionsBoundary = boundary;
    },
  });
}
