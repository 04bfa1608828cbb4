import { deployTrust, planTrust } from "../../../../constructs/ci/policies/trust";
import { govScope, scope } from "../scope";

const MAIN = { "token.actions.githubusercontent.com:ref": "refs/heads/main" };

const document = (sub: string[], partition = "aws", { equals = {}, further = {} } = {}) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "GitHub",
      Effect: "Allow",
      Principal: {
        Federated: `arn:${partition}:iam::111122223333:oidc-provider/token.actions.githubusercontent.com`,
      },
      Action: ["sts:AssumeRoleWithWebIdentity"],
      Condition: {
        StringEquals: {
          "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
          "token.actions.githubusercontent.com:sub": sub,
          ...equals,
        },
        ...further,
      },
    },
  ],
});

it("lets pull requests and the main branch of this repository plan, and nobody else", () => {
  expect(planTrust(scope())).toEqual(
    document(["repo:example/wbot-on-aws:pull_request", "repo:example/wbot-on-aws:ref:refs/heads/main"]),
  );
});

it("lets jobs of the GitHub environment of the same name deploy what main holds, and nobody else", () => {
  expect(deployTrust(scope())).toEqual(
    document(["repo:example/wbot-on-aws:environment:prod"], "aws", { equals: MAIN }),
  );
});

it("asks for the branch in GovCloud where STS knows it there, and shuts out nobody where not", () => {
  expect(deployTrust(govScope())).toEqual(
    document(["repo:example/wbot-on-aws:environment:prod"], "aws-us-gov", {
      further: { StringEqualsIfExists: MAIN },
    }),
  );
});

it("knows a repository by its numbers where its tokens have them", () => {
  const ci = { repository: "example@1234/wbot-on-aws@5678", runner: "wbot" };
  expect(deployTrust(scope({ ci }))).toEqual(
    document(["repo:example@1234/wbot-on-aws@5678:environment:prod"], "aws", { equals: MAIN }),
  );
});
