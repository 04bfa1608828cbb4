import { z } from "zod";
import { dataSourcesOf, resourcesOf, type StackJson } from "../../../stacks/stack-json";
import { isTemplate } from "../../terraform/references";
import { shownPath, type Problem } from "./problem";

/**
 * IAM policies of a stack, checked against IAM's grammar as far as that is possible without AWS: whether an action exists is
 * not checked. All are Terraform policy documents, whose fields the compiler checks already.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */

export interface ReadPolicy {
  /** Construct path of the document, or of the resource with another policy. */
  readonly path: string;
  /** Undefined if it is no document of this stack. */
  readonly problems: readonly Problem[] | undefined;
}

/** Every policy of a stack; a document used by several resources is checked for each use. */
export function policiesOf(stack: StackJson): ReadPolicy[] {
  const documents = new Map(
    dataSourcesOf(stack)
      .filter(({ type }) => type === "aws_iam_policy_document")
      .map((document) => [`\${${document.address}.json}`, document]),
  );
  return resourcesOf(stack).flatMap(({ type, path, body }) =>
    Object.entries(body).flatMap(([argument, value]): ReadPolicy[] => {
      const document = documents.get(String(value));
      const ofIam = type.startsWith("aws_iam_");
      if (document === undefined)
        return ofIam && /^(assume_role_)?policy$/.test(argument) ? [{ path, problems: undefined }] : [];
      const use = argument === "assume_role_policy" ? "trust" : ofIam ? "identity" : "resource";
      return [{ path: document.path, problems: policyProblems(document.body, use) }];
    }),
  );
}

/** Text that may contain Terraform templates, which are accepted. */
const text = (allowed: RegExp, must: string) =>
  z.string().refine((value) => isTemplate(value) || allowed.test(value), { error: `must be ${must}` });

const OPERATOR =
  /^((ForAllValues:|ForAnyValue:)?(String(Not)?(Equals(IgnoreCase)?|Like)|(Numeric|Date)((Not)?Equals|(Less|Greater)Than(Equals)?)|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?|Null)$/;

const actions = z.array(text(/^(\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$/, '"*" or "<service>:<action>"'));
const resources = z.array(text(/^(\*|arn:)/, '"*" or an ARN'));
const principals = z.array(
  z.discriminatedUnion(
    "type",
    [
      z.object({
        type: z.literal("Service"),
        identifiers: z.array(text(/^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/, '"<service>.amazonaws.com"')),
      }),
      z.object({ type: z.enum(["*", "AWS", "Federated", "CanonicalUser"]) }),
    ],
    { error: 'must be "*", "AWS", "Service", "Federated" or "CanonicalUser"' },
  ),
);
const STATEMENT = {
  effect: z.enum(["Allow", "Deny"], { error: 'must be "Allow" or "Deny"' }).optional(),
  actions: actions.optional(),
  not_actions: actions.optional(),
  resources: resources.optional(),
  not_resources: resources.optional(),
  principals: principals.optional(),
  not_principals: principals.optional(),
  condition: z.array(z.object({ test: text(OPERATOR, "one of IAM's condition operators") })).optional(),
};

/**
 * What a statement must have, itself or its opposite, and what it must not have, by what the policy is attached to: an
 * identity (so it names no principal), a role's trust, or a resource.
 */
const ELEMENTS = {
  identity: { one: ["actions", "resources"], none: ["principals", "not_principals"] },
  trust: { one: ["actions", "principals"], none: ["resources", "not_resources"] },
  resource: { one: ["actions", "principals"], none: [] },
} as const;
const USES = { identity: "an identity", trust: "a role's trust", resource: "a resource" } as const;

/** What IAM would reject in a policy document. */
function policyProblems(document: unknown, use: keyof typeof ELEMENTS): Problem[] {
  const { one, none } = ELEMENTS[use];
  const statement = z.object(STATEMENT).superRefine((found, context) => {
    const issue = (message: string, path: string[] = []) => {
      context.addIssue({ code: "custom", message, path });
    };
    for (const each of one)
      if ((found[each] === undefined) === (found[`not_${each}`] === undefined))
        issue(`must have one of ${each} and not_${each}`);
    for (const each of none)
      if (found[each] !== undefined) issue(`must not be in the policy of ${USES[use]}`, [each]);
  });
  const { error } = z.object({ statement: z.array(statement) }).safeParse(document);
  return (error?.issues ?? []).map(({ path, message }) => ({
    path: shownPath(path.map(String)),
    problem: message,
  }));
}
