import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AUDIENCE, ISSUER } from "../../constructs/ci/policies/trust";
import { synth, type Body } from "../synth";

const page = readFileSync(join(__dirname, "../../docs/delivery.md"), "utf8");
const setup = page.slice(
  page.indexOf("\n## Setup\n"),
  page.indexOf("\n## Renaming or moving the repository\n"),
);
/** The numbered steps of the setup. */
const [, ...steps] = setup.split(/^\d\. /m);

it("says what starts the checks without AWS", () => {
  const workflow = readFileSync(join(__dirname, "../../.github/workflows/ci.yml"), "utf8");
  const [, on = ""] = /^on:\n(.*?)^\w/ms.exec(workflow) ?? [];
  expect([...on.matchAll(/^ {2}(\w+):/gm)].map(([, event]) => event)).toEqual([
    "push",
    "pull_request",
    "merge_group",
  ]);
  expect(on).toContain("  push:\n    branches: [main]\n");
  expect(page).toMatch(/\| `ci\.yml` +\| pull requests, merge queues, `main` +\|/);
});

it("says in the first step what tokens call a new repository, before anybody bootstraps", () => {
  const [roles = ""] = steps;
  const command = String.raw`gh api repos/acme/wbot-on-aws --jq '"\(.owner.login)@\(.owner.id)/\(.name)@\(.id)"'`;
  expect(roles).toContain(`\n   ${command}\n`);
  expect(roles.indexOf(command)).toBeLessThan(roles.indexOf("npx wbot bootstrap"));
});

describe("the role that pushes the product's images", () => {
  const [, section = ""] = /^### Pushing images\n(.*?)^## /ms.exec(page) ?? [];
  const documentOf = (option: string) =>
    (JSON.parse(new RegExp(`${option} '(.*?)'$`, "ms").exec(section)?.[1] ?? "") as Body)[
      "Statement"
    ] as Body[];
  /** The repositories of wbot-ai that the environments create, as shipped. */
  const repositories = ["dev", "staging", "prod"].map(
    (name) => synth(name).infra.one("aws_ecr_repository", "wbot-ai/").body["name"] as string,
  );

  it("may push to each environment's repository, and to no other", () => {
    const [login, push] = documentOf("--policy-document");
    expect(login).toMatchObject({ Action: "ecr:GetAuthorizationToken", Resource: "*" });
    expect(push?.["Resource"]).toEqual(
      repositories.map((name) => `arn:aws:ecr:us-east-1:111122223333:repository/${name}`),
    );
    expect(section).toContain(`for name in ${repositories.join(" ")}; do`);
  });

  it("trusts one branch of one repository", () => {
    const [trust] = documentOf("--assume-role-policy-document");
    expect(trust).toMatchObject({
      Principal: { Federated: `arn:aws:iam::111122223333:oidc-provider/${ISSUER}` },
      Condition: {
        StringEquals: {
          [`${ISSUER}:aud`]: AUDIENCE,
          [`${ISSUER}:sub`]: expect.stringMatching(/^repo:acme@\d+\/wbot-ai@\d+:ref:refs\/heads\/main$/),
        },
      },
    });
  });

  it("has a name of which no environment's deploy role may do as it likes", () => {
    const names = [...section.matchAll(/(?:--role-name |:role\/)(\S+)/g)].map(([, name]) => name);
    expect(new Set(names).size).toBe(1);
    expect(names[0]).not.toMatch(/^wbot-/);
  });
});
