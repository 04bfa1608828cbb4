import { policyOf, type Policy, type Scope } from "./policy";

/** GitHub's issuer of tokens, as IAM writes it. */
const ISSUER = "token.actions.githubusercontent.com";
export const AUDIENCE = "sts.amazonaws.com";
/** The branch whose workflows plan; what is merged is planned again before it is deployed. */
export const BRANCH = "main";

export function providerArn({ iam }: Scope): string {
  return iam(`oidc-provider/${ISSUER}`);
}

/** Workflows of pull requests and of the main branch. GitHub gives those from forks no token. */
export function planTrust(scope: Scope): Policy {
  return trust(scope, ["pull_request", `ref:refs/heads/${BRANCH}`]);
}

/** Jobs of the GitHub environment of the same name, which its reviewers let run, and nothing else. */
export function deployTrust(scope: Scope): Policy {
  return trust(scope, [`environment:${scope.environment.name}`]);
}

/** Whole subjects, never a pattern: "repo:owner/name:*" would be every branch. */
function trust(scope: Scope, contexts: readonly string[]): Policy {
  return policyOf({
    Sid: "GitHub",
    Effect: "Allow",
    Principal: { Federated: providerArn(scope) },
    Action: ["sts:AssumeRoleWithWebIdentity"],
    Condition: {
      StringEquals: {
        [`${ISSUER}:aud`]: AUDIENCE,
        [`${ISSUER}:sub`]: contexts.map((context) => `repo:${scope.ci.repository}:${context}`),
      },
    },
  });
}
