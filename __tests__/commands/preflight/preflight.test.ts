import { DescribeAvailabilityZonesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { DescribeClusterCommand } from "@aws-sdk/client-eks";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { preflight } from "../../../commands/preflight/preflight";
import { Session } from "../../../commands/session/session";
import { loadEnvironment } from "../../../environments";
import { networkError, sdkError } from "../sdk-error";
import { eks, look, MINE, sts } from "./look";

const ec2 = mockClient(EC2Client);
const secrets = mockClient(SecretsManagerClient);
beforeEach(() => {
  ec2.reset();
  secrets.reset();
});

describe("credentials", () => {
  it("expired are reported once, and every check that needs them is skipped", async () => {
    sts.on(GetCallerIdentityCommand).rejects(sdkError("ExpiredTokenException"));
    const found = await preflight(new Session(loadEnvironment("dev", { overrides: MINE })), {
      only: ["credentials", "zones", "quotas", "images", "secrets"],
      silent: true,
    });
    expect(found.filter(({ status }) => status === "fail")).toEqual([
      expect.objectContaining({ check: "credentials", fix: expect.stringContaining("aws sso login") }),
    ]);
    expect(found.filter(({ status }) => status === "skip").map(({ check }) => check)).toEqual([
      "zones",
      "quotas",
      "secrets",
      "images",
    ]);
  });

  it("expired fail, too, where only checks that need them are asked for", async () => {
    sts.on(GetCallerIdentityCommand).rejects(sdkError("ExpiredTokenException"));
    expect(await look("images")).toEqual([
      ["skip", "no access to AWS"],
      ["fail", expect.any(String), expect.stringContaining("aws sso login")],
    ]);
    expect((await look("examples")).map(([status]) => status)).not.toContain("fail");
  });
});

it.each([
  [
    sdkError("UnauthorizedOperation", "not authorized to perform: ec2:DescribeAvailabilityZones"),
    "could not check: not authorized to perform: ec2:DescribeAvailabilityZones",
  ],
  [sdkError("RequestLimitExceeded"), expect.stringMatching(/^could not check: .+\(RequestLimitExceeded\)/)],
  [networkError(), expect.stringMatching(/^could not check: .+\(ECONNRESET\)$/)],
])("warns if AWS denies access: %s", async (error, why) => {
  ec2.on(DescribeAvailabilityZonesCommand).rejects(error);
  expect((await look("zones")).map(([status, text]) => [status, text])).toEqual([["warn", why]]);
});

describe("without infra", () => {
  it.each(["charts", "kubernetes"])("looks at nothing that infra alone would change: %s", async (check) => {
    const asked = jest.spyOn(globalThis, "fetch");
    eks.on(DescribeClusterCommand).resolves({ cluster: { version: "1.34" } });
    expect(await look(check, {}, { stacks: ["app"] })).toEqual([
      ["skip", "infra is not part of this deploy"],
    ]);
    expect(asked).not.toHaveBeenCalled();
  });

  it("still fails for what app needs", async () => {
    secrets.on(GetSecretValueCommand).rejects(sdkError("ResourceNotFoundException"));
    expect((await look("secrets", {}, { stacks: ["app"] })).map(([status]) => status)).toEqual(["fail"]);
  });
});
