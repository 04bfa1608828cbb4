import dns from "node:dns/promises";
import os from "node:os";
import { DescribeClusterCommand, type VpcConfigResponse } from "@aws-sdk/client-eks";
import type { PreflightOptions } from "../../../commands/preflight/preflight";
import { connectTrouble } from "../../../commands/verification/requests";
import type { Overrides } from "../../../environments";
import { dnsError, eks, look } from "./look";

jest.mock("../../../commands/verification/requests", () => ({
  ...jest.requireActual<object>("../../../commands/verification/requests"),
  connectTrouble: jest.fn(),
}));

describe("the way to the Kubernetes API", () => {
  const HOST = "ABC.gr7.us-east-1.eks.amazonaws.com";
  const PRIVATE = {
    access: {
      admins: ["arn:aws:iam::222233334444:user/me"],
      publicCidrs: [],
      privateCidrs: ["10.20.0.0/16"],
      securityGroups: ["sg-0123456789abcdef0"],
    },
  };
  const open = (...publicAccessCidrs: string[]) => ({ endpointPublicAccess: true, publicAccessCidrs });
  const closed = (...publicAccessCidrs: string[]) => ({ endpointPublicAccess: false, publicAccessCidrs });
  const SHUT = "the Kubernetes API can't be reached from here: ";
  const LET_IN = (ranges: string) =>
    [
      "Let it in, because even a plan reads the API, then deploy:",
      `aws eks update-cluster-config --name wbot-dev --region us-east-1 --resources-vpc-config endpointPublicAccess=true,publicAccessCidrs=${ranges}`,
      "aws eks wait cluster-active --name wbot-dev --region us-east-1",
      "npx wbot deploy infra --env dev",
    ].join("\n");
  /** What is found if the name resolves to an address, and the connection ends with a code. */
  async function way(
    address: string | undefined,
    code: string | undefined,
    overrides: Overrides = PRIVATE,
    resourcesVpcConfig: VpcConfigResponse = {},
    stacks?: PreflightOptions["stacks"],
  ) {
    eks.on(DescribeClusterCommand).resolves({ cluster: { endpoint: `https://${HOST}`, resourcesVpcConfig } });
    const asked: unknown[] = [];
    jest.mocked(connectTrouble).mockImplementation((...to) => {
      asked.push(to);
      return Promise.resolve(code);
    });
    const outside = {
      lookup: (host: string) =>
        address === undefined
          ? Promise.reject(dnsError("ENOTFOUND"))
          : Promise.resolve(host === HOST.toLowerCase() ? [address] : []),
      fetch: () => Promise.resolve(new Response("9.9.9.9")),
    };
    const [, found] = await look("access", overrides, { outside, ...(stacks ? { stacks } : {}) });
    if (address !== undefined) expect(asked).toEqual([[address, 443]]);
    return found;
  }

  it("is found as every program here finds it: a bastion's forwarded port is named in /etc/hosts", async () => {
    eks.on(DescribeClusterCommand).resolves({ cluster: { endpoint: `https://${HOST}` } });
    const outside = { lookup: () => Promise.resolve(["127.0.0.1"]) };
    jest.mocked(connectTrouble).mockResolvedValue(undefined);
    expect((await look("access", PRIVATE, { outside }))[1]).toEqual([
      "pass",
      "the Kubernetes API can be reached from here, at 127.0.0.1",
    ]);
    expect(dns.lookup).toHaveBeenCalledWith(HOST.toLowerCase(), { all: true, family: 4 });
  });

  it("is the proxy's to find, as it is for kubectl and the providers", async () => {
    eks.on(DescribeClusterCommand).resolves({ cluster: { endpoint: `https://${HOST}` } });
    const outside = { lookup: () => Promise.reject(dnsError("ENOTFOUND")) };
    jest.mocked(connectTrouble).mockResolvedValue("ETIMEDOUT");
    jest.replaceProperty(process, "env", { ...process.env, HTTPS_PROXY: "http://proxy.test:3128" });
    expect((await look("access", PRIVATE, { outside }))[1]).toEqual([
      "skip",
      "the Kubernetes API is reached through HTTPS_PROXY",
    ]);
    jest.replaceProperty(process, "env", { ...process.env, NO_PROXY: ".eks.amazonaws.com" });
    expect((await look("access", PRIVATE, { outside }))[1]?.[0]).toBe("fail");
  });

  it.each([
    ["name", undefined, undefined, "its host name abc.gr7.us-east-1.eks.amazonaws.com doesn't resolve"],
    ["route", "10.0.1.2", "EHOSTUNREACH", "there is no route from this machine to 10.0.1.2"],
    [
      "rule",
      "10.0.1.2",
      "ETIMEDOUT",
      "no rule lets this machine in: access.privateCidrs includes none of its addresses (192.168.1.7)",
    ],
    ["proxy", "10.0.1.2", "ECONNREFUSED", "10.0.1.2 answers ECONNREFUSED, which the API never does"],
  ])("says that the %s is missing", async (_, address, code, why) => {
    mine("192.168.1.7");
    expect((await way(address, code))?.slice(0, 2)).toEqual(["fail", `${SHUT}${why}`]);
  });

  it("is not judged where DNS gives no answer, which hides nothing else", async () => {
    eks.on(DescribeClusterCommand).resolves({ cluster: { endpoint: `https://${HOST}` } });
    const outside = { lookup: () => Promise.reject(dnsError("EAI_AGAIN")) };
    const overrides = { access: { ...PRIVATE.access, admins: ["arn:aws:iam::111122223333:role/other"] } };
    expect((await look("access", overrides, { outside })).map((each) => each.slice(0, 2))).toEqual([
      ["warn", expect.stringContaining(`${HOST.toLowerCase()} (EAI_AGAIN)`)],
      ["fail", expect.stringMatching(/is not among access.admins/)],
    ]);
  });

  it("names the setting that lets this machine in, or the groups that it may join", async () => {
    mine("192.168.1.7");
    expect((await way("10.0.1.2", "ETIMEDOUT"))?.[2]).toBe(
      '"access": { "privateCidrs": ["10.20.0.0/16", "192.168.1.7/32"] } in environments/dev.local.json, deployed from where it can be reached (or join sg-0123456789abcdef0)',
    );
    expect((await way("3.4.5.6", "ETIMEDOUT", {}, open("8.8.8.0/24")))?.[2]).toBe(
      `"access": { "publicCidrs": ["8.8.8.0/24", "9.9.9.9/32"] } in environments/dev.local.json\n${LET_IN("8.8.8.0/24,9.9.9.9/32")}`,
    );
    // Nothing opens what the settings close.
    expect((await way("3.4.5.6", "ETIMEDOUT", PRIVATE, open("8.8.8.0/24")))?.[2]).toBe(
      "Deploy from a machine that access.privateCidrs or access.securityGroups lets in: docs/private-api.md",
    );
  });

  it.each([
    ["to another range", "3.4.5.6", "ETIMEDOUT", open("8.8.8.0/24"), "8.8.8.0/24,9.9.9.9/32"],
    // EKS names ranges while the public address is off, too, such as its default.
    ["to nobody", "10.0.1.2", "ETIMEDOUT", closed("0.0.0.0/0"), "9.9.9.9/32"],
    ["to nobody, without a route", "10.0.1.2", "EHOSTUNREACH", closed(), "9.9.9.9/32"],
    ["to nobody, without an answer of DNS", undefined, undefined, closed(), "9.9.9.9/32"],
  ])(
    "lets this machine in as the settings will, where it is open %s",
    async (_, address, code, live, ranges) => {
      mine("192.168.1.7");
      expect(await way(address, code, { access: { publicCidrs: ["9.9.9.0/24"] } }, live)).toEqual([
        "fail",
        `${SHUT}the cluster doesn't let in this machine's public address 9.9.9.9`,
        LET_IN(ranges),
      ]);
    },
  );

  it.each([
    ["as the settings say", "9.9.9.0/24"],
    ["whatever the settings say", "8.8.8.0/24"],
  ])("is something on the path's to drop where the cluster lets this machine in, %s", async (_, range) => {
    const access = { publicCidrs: [range] };
    expect((await way("3.4.5.6", "ETIMEDOUT", { access }, open("9.9.9.0/24")))?.[1]).toBe(
      `${SHUT}it is allowed in, but 3.4.5.6 doesn't answer: a route is missing in either direction, a firewall drops it, or the setting isn't deployed yet`,
    );
  });

  it("warns if a deploy would close it to this machine, at a public address", async () => {
    const live = open("9.9.9.0/24");
    const HERE = ["pass", expect.stringMatching(/ 3\.4\.5\.6$/)];
    expect(await way("3.4.5.6", undefined, {}, live)).toEqual([
      "warn",
      "this machine's public address 9.9.9.9 is not in access.publicCidrs: without a route into the VPC, no chart can be installed from here once infra has created or changed the cluster",
      '"access": { "publicCidrs": ["8.8.8.0/24", "9.9.9.9/32"] } in environments/dev.local.json',
    ]);
    expect((await way("3.4.5.6", undefined, PRIVATE, live))?.slice(0, 2)).toEqual([
      "warn",
      expect.stringMatching(/^access\.publicCidrs is empty: /),
    ]);
    const both = { access: { ...PRIVATE.access, publicCidrs: ["9.9.9.0/24"] } };
    expect(await way("3.4.5.6", undefined, both, live)).toEqual(HERE);
    // Nothing of infra is deployed, or it is reached through a node, or within the VPC.
    expect(await way("3.4.5.6", undefined, {}, live, ["app"])).toEqual(HERE);
    for (const own of ["127.0.0.1", "10.0.1.2"])
      expect((await way(own, undefined, {}, live))?.[0]).toBe("pass");
  });

  it("looks for the way back where the settings let this machine in", async () => {
    mine("10.20.3.4");
    expect((await way("10.0.1.2", "ETIMEDOUT"))?.[1]).toContain("is allowed in, but 10.0.1.2 doesn't answer");
  });

  it("is foreseen to be shut for a first deploy without public addresses", async () => {
    const [, found] = await look("access", PRIVATE);
    expect(found?.[0]).toBe("warn");
    expect(found?.[2]).toContain("then empty it: docs/private-api.md");
  });

  function mine(address: string) {
    jest
      .spyOn(os, "networkInterfaces")
      .mockReturnValue({ eth0: [{ address, family: "IPv4", internal: false } as os.NetworkInterfaceInfo] });
  }
});
