import { CI } from "./ci/scope";
import { synth, type WrittenStack } from "../synth";

const ACCOUNT = "111122223333";
const ADMINS = [
  `arn:aws:iam::${ACCOUNT}:role/wbot-admin`,
  `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef`,
  `arn:aws:iam::${ACCOUNT}:user/people/break.glass`,
];

interface Condition {
  readonly condition: string;
  readonly error_message: string;
}

const conditions = (stack: WrittenStack) =>
  stack.one("data.aws_caller_identity").body["lifecycle"].postcondition as Condition[];

/** Whether a caller's ARN, as STS says it, passes: Terraform's replace() is JavaScript's here. */
function passes(stack: WrittenStack, arn: string): boolean {
  const [, known = "", pattern = "", replacement = ""] =
    /contains\((\[.*?\]), replace\(self\.arn, "\/(.*)\/", "(.*)"\)\)\}$/.exec(
      conditions(stack).at(-1)?.condition ?? "",
    ) ?? [];
  return (JSON.parse(known) as string[]).includes(arn.replace(new RegExp(pattern), replacement));
}

describe.each(["infra", "app"] as const)("the caller of %s", (id) => {
  const stack = synth("dev", { account: ACCOUNT, access: { admins: ADMINS } })[id];

  it.each([
    ["a role, in any session", `arn:aws:sts::${ACCOUNT}:assumed-role/wbot-admin/somebody@example.com`],
    ["an SSO role", `arn:aws:sts::${ACCOUNT}:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/somebody`],
    ["a user", `arn:aws:iam::${ACCOUNT}:user/people/break.glass`],
  ])("may be %s in access.admins", (_, arn) => {
    expect(passes(stack, arn)).toBe(true);
  });

  it.each([
    ["another role", `arn:aws:sts::${ACCOUNT}:assumed-role/wbot-reader/wbot-admin`],
    ["a role of that name in another account", "arn:aws:sts::444455556666:assumed-role/wbot-admin/somebody"],
    ["a user with a role's name", `arn:aws:iam::${ACCOUNT}:user/wbot-admin`],
    ["the account itself", `arn:aws:iam::${ACCOUNT}:root`],
  ])("is not %s", (_, arn) => {
    expect(passes(stack, arn)).toBe(false);
  });

  it("gets an error that says what to do, about the account first", () => {
    const [account, admins] = conditions(stack);
    expect(account).toEqual({
      condition: `\${self.account_id == "${ACCOUNT}"}`,
      error_message:
        `These credentials (\${self.arn}) belong to account \${self.account_id}, but environment dev belongs to account ${ACCOUNT} (account in environments/dev.ts or dev.local.json). Use a profile of that account, or choose another environment:\n\n` +
        "  export AWS_PROFILE=<profile>\n  export WBOT_ENV=<name>\n",
    });
    expect(admins?.condition).toContain(`\${self.account_id != "${ACCOUNT}" || contains(`);
    expect(admins?.error_message).toMatch(
      /^\$\{replace\(.+\)\} is not listed in access\.admins of environment dev, so the cluster would refuse it\. Add its ARN \(for a role, with its path\) to access\.admins in environments\/dev\.local\.json \(if there is a cluster, somebody who is listed must then deploy infra\), or use a profile that is listed:\n\n {2}export AWS_PROFILE=<profile>\n$/,
    );
  });

  it("is checked before the stack's own provider starts", () => {
    const [own, stacks] = stack.json["provider"].aws;
    const { address, body } = stack.one("data.aws_caller_identity");
    expect(own).toMatchObject({ alias: "caller", region: "us-east-1" });
    expect(body["provider"]).toBe("aws.caller");
    expect(stacks).not.toHaveProperty("alias");
    expect(JSON.stringify(stacks)).toContain(address);
  });

  it("may be in any account if none is set", () => {
    expect(conditions(synth("dev")[id])).toHaveLength(1);
  });
});

it("may be CI's deploy role, and for plans its plan role", () => {
  const { infra, app } = synth("prod", CI);
  for (const stack of [infra, app])
    for (const role of ["wbot-prod-ci-deploy", "wbot-prod-ci-plan"])
      expect(passes(stack, `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/GitHubActions`)).toBe(true);
  expect(passes(synth("prod").infra, `arn:aws:sts::${ACCOUNT}:assumed-role/wbot-prod-ci-plan/x`)).toBe(false);
});
