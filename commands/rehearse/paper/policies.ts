import { z } from "zod";
import { dataSourcesOf, resourcesOf, type StackJson } from "../../../stacks/stack-json";
import { isTemplate } from "../../terraform/references";
import { shownPath, type Problem } from "./problem";

/**
 * IAM policies, checked against IAM's grammar as far as that is possible without AWS: whether an action exists is not
 * checked. Most are Terraform policy documents, whose fields the compiler checks already; the others are JSON.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */

/** Text that may contain Terraform templates, which are accepted. */
const text = (allowed: RegExp, must: string) =>
  z.string().refine((value) => isTemplate(value) || allowed.test(value), { error: `must be ${must}` });

const actions = z.array(text(/^(\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$/, '"*" or "<service>:<action>"'));
const resources = z.array(text(/^(\*|arn:)/, '"*" or an ARN'));
const statement = z
  .object({
    effect: z.enum(["Allow", "Deny"], { error: 'must be "Allow" or "Deny"' }).optional(),
    actions: actions.optional(),
    not_actions: actions.optional(),
    resources: resources.optional(),
    not_resources: resources.optional(),
  })
  .refine((found) => (found.actions === undefined) !== (found.not_actions === undefined), {
    error: "must have one of actions and not_actions",
  });
const policy = z.object({ statement: z.array(statement) });

interface CheckedPolicy {
  /** Construct path. */
  readonly path: string;
  readonly problems: readonly Problem[];
}

/** A stack's policy documents, and its resources' policies in JSON: such as a bucket's, not a repository's lifecycle. */
export function checkedPolicies(stack: StackJson): CheckedPolicy[] {
  const documents = dataSourcesOf(stack).filter(({ type }) => type === "aws_iam_policy_document");
  return [
    ...documents.map(({ path, body }) => ({ path, problems: policyProblems(body) })),
    ...resourcesOf(stack).flatMap(({ path, body }) => {
      const { policy: json } = body;
      if (typeof json !== "string" || !/^\{.*"Statement"/s.test(json)) return [];
      return [{ path, problems: jsonProblems(JSON.parse(json) as JsonPolicy) }];
    }),
  ];
}

/** What IAM would reject in a Terraform policy document. */
export function policyProblems(document: unknown): Problem[] {
  return (policy.safeParse(document).error?.issues ?? []).map(({ path, message }) => ({
    path: shownPath(path.map(String)),
    problem: message,
  }));
}

type Values = string | readonly string[];

/** As sent to IAM. */
interface JsonPolicy {
  readonly Statement: readonly {
    readonly Effect: string;
    readonly Action?: Values;
    readonly NotAction?: Values;
    readonly Resource?: Values;
    readonly NotResource?: Values;
  }[];
}

/** The same in JSON; the problems' paths are those of a document. */
export function jsonProblems({ Statement }: JsonPolicy): Problem[] {
  const list = (values: Values | undefined) => (typeof values === "string" ? [values] : values);
  return policyProblems({
    statement: Statement.map((each) => ({
      effect: each.Effect,
      actions: list(each.Action),
      not_actions: list(each.NotAction),
      resources: list(each.Resource),
      not_resources: list(each.NotResource),
    })),
  });
}
