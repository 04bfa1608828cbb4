import { z } from "zod";
import { didYouMean } from "../../../environments";
import { isTemplate } from "../../terraform/references";
import { shownPath, type Problem } from "./problem";

/**
 * The grammar of IAM policies, as far as it can be checked without AWS: whether an action exists is not checked.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */

/** What a policy is attached to: an identity (so it names no principal), a role's trust, or a resource. */
export type PolicyUse = "identity" | "trust" | "resource";

/** Text that may contain Terraform templates, which are accepted. */
const text = (allowed: RegExp, must: string) =>
  z
    .string({ error: `must be a string, such as ${must}` })
    .refine((value) => isTemplate(value) || allowed.test(value), { error: `must be ${must}` });
/** One value or a list of them. */
const some = <T extends z.ZodType>(value: T) =>
  z.preprocess(
    (given): unknown[] => (Array.isArray(given) ? given : [given]),
    z.array(value).min(1, { error: "must not be empty" }),
  );

const actions = some(text(/^(\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$/, '"*" or "<service>:<action>"'));
const resources = some(text(/^(\*|arn:)/, '"*" or an ARN'));
const anything = text(/[^]/, "a string");
const PRINCIPALS = ["AWS", "Service", "Federated", "CanonicalUser"];
const principals = z.union(
  [
    z.literal("*"),
    z.strictObject({
      AWS: some(anything).optional(),
      Service: some(text(/^[a-z0-9.-]+\.amazonaws\.com(\.cn)?$/, '"<service>.amazonaws.com"')).optional(),
      Federated: some(anything).optional(),
      CanonicalUser: some(anything).optional(),
    }),
  ],
  { error: `must be "*", or an object with ${PRINCIPALS.join(", ")}` },
);

const OPERATOR =
  /^((ForAllValues:|ForAnyValue:)?(String(Not)?(Equals(IgnoreCase)?|Like)|(Numeric|Date)((Not)?Equals|(Less|Greater)Than(Equals)?)|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?|Null)$/;
const conditions = z.record(
  z.string().regex(OPERATOR, { error: "is not one of IAM's condition operators" }),
  z.record(
    z.string(),
    some(
      z.union([z.string(), z.number(), z.boolean()], { error: "must be a string, a number or a boolean" }),
    ),
  ),
);

const STATEMENT = {
  Sid: text(/^[A-Za-z0-9 ]*$/, "letters and digits only").optional(),
  Effect: z.enum(["Allow", "Deny"], { error: 'must be "Allow" or "Deny"' }),
  Principal: principals.optional(),
  NotPrincipal: principals.optional(),
  Action: actions.optional(),
  NotAction: actions.optional(),
  Resource: resources.optional(),
  NotResource: resources.optional(),
  Condition: conditions.optional(),
};
type Element = keyof typeof STATEMENT;

/** Elements of which a statement must have exactly one, and those that it must not have, by the policy's use. */
const ELEMENTS: Readonly<
  Record<PolicyUse, { one: readonly (readonly Element[])[]; none: readonly Element[] }>
> = {
  identity: {
    one: [
      ["Action", "NotAction"],
      ["Resource", "NotResource"],
    ],
    none: ["Principal", "NotPrincipal"],
  },
  trust: {
    one: [
      ["Action", "NotAction"],
      ["Principal", "NotPrincipal"],
    ],
    none: ["Resource", "NotResource"],
  },
  resource: {
    one: [
      ["Action", "NotAction"],
      ["Principal", "NotPrincipal"],
    ],
    none: [],
  },
};

const grammarOf = (use: PolicyUse) =>
  z.strictObject({
    Version: z.enum(["2012-10-17", "2008-10-17"], { error: 'must be "2012-10-17"' }),
    Id: z.string().optional(),
    Statement: some(
      z.strictObject(STATEMENT).superRefine((statement, context) => {
        const has = (element: Element) => statement[element] !== undefined;
        const { one, none } = ELEMENTS[use];
        for (const choice of one.filter((elements) => elements.filter(has).length !== 1))
          context.addIssue({ code: "custom", message: `must have one of ${choice.join(" and ")}` });
        for (const element of none.filter(has))
          context.addIssue({
            code: "custom",
            path: [element],
            message: `must not be in the policy of ${USES[use]}`,
          });
      }),
    ),
  });

const USES: Readonly<Record<PolicyUse, string>> = {
  identity: "an identity",
  trust: "a role's trust",
  resource: "a resource",
};

const GRAMMARS = {
  identity: grammarOf("identity"),
  trust: grammarOf("trust"),
  resource: grammarOf("resource"),
};

/** What IAM would reject in a policy. */
export function policyProblems(policy: unknown, use: PolicyUse): Problem[] {
  const { error } = GRAMMARS[use].safeParse(policy);
  return (error?.issues ?? []).flatMap((issue) => explained(issue));
}

function explained(issue: z.core.$ZodIssue): Problem[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    const known = [["Version", "Id", "Statement"], [], Object.keys(STATEMENT), PRINCIPALS][path.length] ?? [];
    return issue.keys.map((key) => ({
      path: shownPath([...path, key]),
      problem: `is not in IAM's grammar${didYouMean(key, known)}`,
    }));
  }
  if (issue.code === "invalid_key")
    return [{ path: shownPath(path), problem: issue.issues[0]?.message ?? issue.message }];
  return [{ path: shownPath(path), problem: issue.message }];
}
