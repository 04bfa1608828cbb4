import { z } from "zod";
import { isTemplate } from "../../terraform/references";
import { shownPath, type Problem } from "./problem";

/**
 * IAM policies of a stack, checked against IAM's grammar as far as that is possible without AWS: whether an action exists is
 * not checked. All are Terraform policy documents, whose fields the compiler checks already.
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

/** What IAM would reject in a policy document. */
export function policyProblems(document: unknown): Problem[] {
  return (policy.safeParse(document).error?.issues ?? []).map(({ path, message }) => ({
    path: shownPath(path.map(String)),
    problem: message,
  }));
}
