import { dataSourcesOf, resourcesOf, type StackJson } from "../../../stacks/stack-json";
import { isTemplate } from "../../terraform/references";
import { policyProblems, type PolicyUse } from "./policy-grammar";
import type { Problem } from "./problem";

/** IAM policies of a stack: JSON in a resource, or a Terraform policy document that becomes JSON. */

/** Arguments that contain a policy, by resource type. */
const ARGUMENTS: Readonly<Record<string, Readonly<Record<string, PolicyUse>>>> = {
  aws_cloudwatch_log_resource_policy: { policy_document: "resource" },
  aws_ecr_registry_policy: { policy: "resource" },
  aws_ecr_repository_policy: { policy: "resource" },
  aws_iam_group_policy: { policy: "identity" },
  aws_iam_policy: { policy: "identity" },
  aws_iam_role: { assume_role_policy: "trust" },
  aws_iam_role_policy: { policy: "identity" },
  aws_iam_user_policy: { policy: "identity" },
  aws_kms_key: { policy: "resource" },
  aws_kms_key_policy: { policy: "resource" },
  aws_s3_bucket_policy: { policy: "resource" },
  aws_secretsmanager_secret: { policy: "resource" },
  aws_secretsmanager_secret_policy: { policy: "resource" },
  aws_sns_topic: { policy: "resource" },
  aws_sns_topic_policy: { policy: "resource" },
  aws_sqs_queue: { policy: "resource" },
  aws_sqs_queue_policy: { policy: "resource" },
  aws_vpc_endpoint: { policy: "resource" },
};
const DOCUMENT = "aws_iam_policy_document";

type Block = Readonly<Record<string, unknown>>;

/** A policy and its problems. */
export interface ReadPolicy {
  /** Construct path of the resource or document that contains it. */
  readonly path: string;
  /** Undefined if only Terraform will know the policy. */
  readonly problems: readonly Problem[] | undefined;
}

/** Every policy of a stack; a document used by several resources is checked for each use. */
export function policiesOf(stack: StackJson): ReadPolicy[] {
  const documents = new Map(
    dataSourcesOf(stack)
      .filter(({ type }) => type === DOCUMENT)
      .map((document) => [document.address, document]),
  );
  return resourcesOf(stack).flatMap(({ type, path, body }) =>
    Object.entries(ARGUMENTS[type] ?? {}).flatMap(([argument, use]): ReadPolicy[] => {
      const value = body[argument];
      if (typeof value !== "string") return [];
      const [, address = ""] = /^\$\{(data\.aws_iam_policy_document\.[\w-]+)\.json\}$/.exec(value) ?? [];
      const document = documents.get(address);
      if (document) return [{ path: document.path, problems: policyProblems(rendered(document.body), use) }];
      if (isTemplate(value) && !value.startsWith("{")) return [{ path, problems: undefined }];
      return [{ path, problems: writtenProblems(value, use) }];
    }),
  );
}

function writtenProblems(text: string, use: PolicyUse): Problem[] {
  try {
    return policyProblems(JSON.parse(text), use);
  } catch (error) {
    return [{ path: "", problem: `is not valid JSON: ${(error as Error).message}` }];
  }
}

/** Arguments of a document's statement, and the policy elements that they become. */
const ELEMENTS: Readonly<Record<string, string>> = {
  sid: "Sid",
  effect: "Effect",
  actions: "Action",
  not_actions: "NotAction",
  resources: "Resource",
  not_resources: "NotResource",
};

/** The JSON that the provider renders from a document; unknown arguments are kept, for the grammar to reject. */
function rendered({ version = "2012-10-17", policy_id: id, statement = [] }: Block): Block {
  return {
    Version: version,
    ...(id === undefined ? {} : { Id: id }),
    Statement: (statement as readonly Block[]).map(renderedStatement),
  };
}

function renderedStatement({
  principals,
  not_principals: notPrincipals,
  condition,
  effect = "Allow",
  ...others
}: Block): Block {
  return {
    ...Object.fromEntries(
      Object.entries({ effect, ...others }).map(([name, value]) => [ELEMENTS[name] ?? name, value]),
    ),
    ...(principals === undefined ? {} : { Principal: principalOf(principals) }),
    ...(notPrincipals === undefined ? {} : { NotPrincipal: principalOf(notPrincipals) }),
    ...(condition === undefined ? {} : { Condition: conditionOf(condition) }),
  };
}

function principalOf(blocks: unknown): unknown {
  const all = blocks as readonly { readonly type: string; readonly identifiers: readonly string[] }[];
  if (all.some(({ type }) => type === "*")) return "*";
  return Object.fromEntries(all.map(({ type, identifiers }) => [type, identifiers]));
}

function conditionOf(blocks: unknown): unknown {
  const all = blocks as readonly {
    readonly test: string;
    readonly variable: string;
    readonly values: readonly string[];
  }[];
  const operators: Record<string, Record<string, readonly string[]>> = {};
  for (const { test, variable, values } of all) operators[test] = { ...operators[test], [variable]: values };
  return operators;
}
