import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import {
  Aspects,
  DefaultTokenResolver,
  Fn,
  StringConcat,
  TerraformElement,
  TerraformOutput,
  TerraformStack,
  type TerraformResource,
  Token,
  Tokenization,
} from "cdktf";
import { deepMerge } from "cdktf/lib/util";
import { Construct, type IConstruct } from "constructs";
import type { Environment } from "../environments";
import { ciOf } from "../environments/ci";
import { namesOf, PART_OF, secretResource, type Names } from "../environments/names";
import { stateKey, stateRegion } from "../environments/local-state";
import { partitionOf } from "../environments/region";
import { TERRAFORM_VERSION } from "../environments/terraform-version";
import { AppSecretCheck } from "./app-secret-check";
import { Caller } from "./caller";
import { forEmulator } from "./emulator";
import { ignoredTags } from "./ignored-tags";
import { keepStateInBucket, keepStateLocally } from "./state-backend";

export interface StackOptions {
  /**
   * Whether a plan checks for things only a deploy needs, such as the app secret and the images. A destroy must not:
   * they may be gone, or the caller may not be allowed to read them. @default true
   */
  readonly checks?: boolean;
}

/** { a: { b: value } } for the path "a/b". */
function nested(path: string, value: string): object {
  return path.split("/").reduceRight<unknown>((below, part) => ({ [part]: below }), value) as object;
}

/** Base of an environment's stacks: state backend, AWS provider, account and names. */
export abstract class EnvironmentStack extends TerraformStack {
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
  private readonly imported: object[] = [];

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
      Project: PART_OF,
      Environment: environment.name,
      ManagedBy: "cdktf",
      Stack: id,
      ...environment.tags,
    };
    this.addOverride("terraform.required_version", `>= ${TERRAFORM_VERSION}`);
    this.addBackend();
    const caller = new Caller(this, "caller", environment);
    this.account = environment.account ?? caller.account;
    const passed = checks ? [new AppSecretCheck(this, "app-secret", environment, caller).passed] : [];
    new AwsProvider(this, "aws", {
      region: environment.region,
      // The value is just this.account. Referring to the others makes the provider, and so all it manages, wait for
      // their checks: a failed check is then the only error, before anything else is planned.
      allowedAccountIds: [Token.asString(Fn.coalesce([this.account, caller.account, ...passed]))],
      ...forEmulator(environment.emulator !== undefined),
      defaultTags: [{ tags: this.tags }],
      ...ignoredTags(environment),
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
    if (removed.length > 0) this.addOverride("removed", removed);
  }

  /** The same for what earlier deploys had as the parts of a construct: Terraform's types by the parts' ids. */
  forgetParts(scope: Construct, id: string, parts: Readonly<Record<string, string>>): void {
    const earlier = new Construct(scope, id);
    const address = ([part, type]: readonly [string, string]) =>
      `${type}.${new TerraformElement(earlier, part).friendlyUniqueId}`;
    this.forget(...Object.entries(parts).map(address));
  }

  /**
   * Imports a resource unless the state already has it.
   *
   * @param ids Expression for the set of ids to import it by: of one, or of none if there is nothing to import
   */
  importExisting({ terraformResourceType, friendlyUniqueId }: TerraformResource, ids: string): void {
    // An address: Terraform accepts no template here.
    const to = `${terraformResourceType}.${friendlyUniqueId}`;
    this.imported.push({ for_each: ids, to, id: "${each.value}" });
    this.addOverride("import", this.imported);
  }

  /**
   * Does nothing. cdktf's own resolves every token once more, to turn references between stacks into outputs and remote
   * state, which takes a tenth of a synth. These stacks look each other up by name, and set their own backends.
   */
  override prepareStack(): void {
    return;
  }

  /**
   * The same as cdktf's own, which resolves every element's part, and then all of them once more: a tenth of a synth, and a
   * good part of its garbage.
   */
  override toTerraform(): object {
    const resolver = new DefaultTokenResolver(new StringConcat());
    const resolve = (part: object): object =>
      Tokenization.resolve(part, { scope: this, preparing: false, resolver }) as object;
    const elements = this.node.findAll().filter((child) => TerraformElement.isTerraformElement(child));
    const outputs = elements.filter((element) => TerraformOutput.isTerraformOutput(element));
    const overrides = Reflect.get(this, "rawOverrides") as object;
    const metadata = {
      version: this.node.tryGetContext("cdktfVersion") as string,
      stackName: this.node.id,
      backend: "local",
      overrides: { stack: Object.keys(overrides) },
    };
    const parts: object[] = [
      ...elements.map((element) => ({ "//": { metadata: element.toMetadata() as object } })),
      ...outputs.map(({ node, friendlyUniqueId }) => ({
        "//": { outputs: nested(node.path, friendlyUniqueId) },
      })),
      ...elements.map((element) => element.toTerraform() as object),
      overrides,
    ];
    return deepMerge({ "//": { metadata, outputs: {} } }, ...parts.map(resolve)) as object;
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
