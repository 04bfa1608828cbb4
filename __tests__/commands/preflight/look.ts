import dns from "node:dns/promises";
import { DescribeClusterCommand, EKSClient, ListNodegroupsCommand } from "@aws-sdk/client-eks";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import { withPrivateFolder } from "../../../commands/cli/private-folder";
import { preflight, type PreflightOptions } from "../../../commands/preflight/preflight";
import { Session } from "../../../commands/session/session";
import { loadEnvironment, type Overrides } from "../../../environments";
import { perService } from "../../../environments/services";
import { sdkError } from "../sdk-error";

/**
 * Runs checks in a test, signed in to an account without a cluster. A test file adds the other clients of AWS that its
 * check asks: EC2's alone takes a quarter of a second to load.
 */

export const eks = mockClient(EKSClient);
export const sts = mockClient(STSClient);

const endpoint = process.env["AWS_ENDPOINT_URL"];
beforeEach(() => {
  delete process.env["AWS_ENDPOINT_URL"];
  eks.reset();
  sts.reset();
  sts
    .on(GetCallerIdentityCommand)
    .resolves({ Account: "222233334444", Arn: "arn:aws:iam::222233334444:user/me" });
  eks.on(DescribeClusterCommand).rejects(sdkError("ResourceNotFoundException"));
  eks.on(ListNodegroupsCommand).resolves({});
});
afterEach(() => {
  jest.restoreAllMocks();
  if (endpoint !== undefined) process.env["AWS_ENDPOINT_URL"] = endpoint;
});

const TAGGED = { image: { tag: "v0.1.0" } };

/** Settings of one who deploys here. */
export const MINE = {
  ...perService(() => TAGGED),
  access: { admins: ["arn:aws:iam::222233334444:user/me"], publicCidrs: ["8.8.8.0/24"] },
  domain: { host: "chat.wbot.test" },
  supabase: { url: "https://project.supabase.test" },
};

/** An error as a lookup throws it. */
export const dnsError = (code: string) => Object.assign(new Error(`queryA ${code}`), { code });

/** The network beside AWS's API, as far as a test has one. */
interface Outside {
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  readonly lookup: (host: string) => Promise<string[]>;
  readonly resolve4: (host: string) => Promise<string[]>;
  readonly resolve6: (host: string) => Promise<string[]>;
  readonly resolveNs: (host: string) => Promise<string[]>;
  readonly resolveCaa: (host: string) => Promise<object[]>;
}
interface Given extends PreflightOptions {
  readonly outside?: Partial<Outside>;
}

const unreachable: Outside["fetch"] = () => Promise.reject(new TypeError("fetch failed"));

const unrestricted: Outside["resolveCaa"] = () => Promise.resolve([]);

function networkIs({
  fetch: answer = unreachable,
  lookup,
  resolveCaa = unrestricted,
  ...others
}: Partial<Outside>): void {
  const resolvers = { ...others, resolveCaa };
  jest
    .spyOn(globalThis, "fetch")
    .mockImplementation((url, init) => answer(url instanceof Request ? url.url : String(url), init));
  if (lookup !== undefined)
    jest
      .spyOn(dns, "lookup")
      .mockImplementation((async (host: string) =>
        (await lookup(host)).map((address) => ({ address, family: 4 }))) as never);
  for (const [name, resolve] of Object.entries(resolvers))
    jest.spyOn(dns, name as keyof typeof resolvers).mockImplementation(resolve as never);
}

/** Version of Kubernetes in the settings of these tests, whatever version is shipped. */
const VERSION = "1.36";

/** What one check finds, as "status: why" with what fixes it. */
export async function look(
  check: string,
  overrides: Overrides = {},
  { outside = {}, ...options }: Given = {},
  name = "dev",
) {
  networkIs(outside);
  const cluster = { version: VERSION, ...(overrides["cluster"] as object | undefined) };
  const environment = loadEnvironment(name, { overrides: { ...MINE, ...overrides, cluster } });
  // In a folder of its own, as the command runs it.
  const findings = await withPrivateFolder((folder) =>
    preflight(new Session(environment, folder), { only: [check], silent: true, ...options }),
  );
  return findings.map(({ status, why, fix }) => [status, why, ...(fix ? [fix] : [])]);
}
