import { DescribeAddonCommand, DescribeAddonVersionsCommand } from "@aws-sdk/client-eks";
import { sdkError } from "../../sdk-error";
import { eks, look } from "../look";

describe("add-ons", () => {
  const running = (version: string) =>
    eks.on(DescribeAddonCommand).callsFake(({ addonName }: { addonName: string }) =>
      Promise.resolve({
        addon: { addonName, addonVersion: addonName === "vpc-cni" ? version : "v1.30.3-eksbuild.1" },
      }),
    );
  const preferred = (kubernetesVersion: string, version: string) => {
    const addonVersions = [
      { addonVersion: "v9.9.9-eksbuild.9", compatibilities: [{ defaultVersion: false }] },
      { addonVersion: version, compatibilities: [{ defaultVersion: true }] },
    ];
    eks
      .on(DescribeAddonVersionsCommand, { kubernetesVersion })
      .resolves({ addons: [{ addonVersions: [...addonVersions] }] });
  };

  it("are the defaults for the Kubernetes version, or reported with the setting for it", async () => {
    running("v1.30.2-eksbuild.1");
    preferred("1.36", "v1.30.3-eksbuild.1");
    expect(await look("add-ons")).toEqual([
      [
        "warn",
        "vpc-cni v1.30.2-eksbuild.1 is older than v1.30.3-eksbuild.1, EKS's default for Kubernetes 1.36",
        'cluster: { addOns: { "vpc-cni": "v1.30.3-eksbuild.1" } } in environments/dev.ts',
      ],
    ]);
    const named = { cluster: { addOns: { "vpc-cni": "v1.30.3-eksbuild.1" } } };
    expect(await look("add-ons", named)).toEqual([
      ["pass", "add-ons are at EKS's default versions for Kubernetes 1.36, or newer ones"],
    ]);
  });

  it("are refused in a version that EKS doesn't offer, unless they run already", async () => {
    running("v1.30.2-eksbuild.1");
    preferred("1.36", "v1.30.3-eksbuild.1");
    const named = (version: string) => ({ cluster: { addOns: { "vpc-cni": version } } });
    expect(await look("add-ons", named("v1.30.3-eksbuild.7"))).toEqual([
      [
        "fail",
        "EKS does not offer vpc-cni v1.30.3-eksbuild.7 (cluster.addOns) for Kubernetes 1.36",
        'cluster: { addOns: { "vpc-cni": "v1.30.3-eksbuild.1" } } in environments/dev.ts',
      ],
    ]);
    expect((await look("add-ons", named("v1.30.2-eksbuild.1")))[0]?.[0]).toBe("warn");
    eks.on(DescribeAddonVersionsCommand).resolves({ addons: [] });
    expect((await look("add-ons", named("v1.30.3-eksbuild.7")))[0]?.[0]).toBe("pass");
  });

  it("are EKS's choice on a first deploy", async () => {
    eks.on(DescribeAddonCommand).rejects(sdkError("ResourceNotFoundException"));
    preferred("1.36", "v1.30.3-eksbuild.1");
    expect((await look("add-ons"))[0]?.[0]).toBe("pass");
  });

  it("are refused where their agent cuts streams, installed or to be, with what to write", async () => {
    running("v1.21.1-eksbuild.1");
    preferred("1.36", "v1.22.0-eksbuild.1");
    const [found] = await look("add-ons");
    expect(found).toEqual([
      "fail",
      "vpc-cni v1.21.1-eksbuild.1 is below v1.23.1: its network policy agent denies return packets of live connections after pods or policies change: streams are cut",
      'cluster: { addOns: { "vpc-cni": "v9.9.9-eksbuild.9" } } in environments/dev.ts',
    ]);
    eks.on(DescribeAddonCommand).rejects(sdkError("ResourceNotFoundException"));
    expect((await look("add-ons"))[0]?.[1]).toContain("vpc-cni v1.22.0-eksbuild.1 is below v1.23.1");
  });

  it("are in order where they are newer than the default, which may be refused itself", async () => {
    running("v1.23.1-eksbuild.1");
    preferred("1.36", "v1.22.3-eksbuild.1");
    const named = (version: string) => ({ cluster: { addOns: { "vpc-cni": version } } });
    expect((await look("add-ons", named("v1.23.1-eksbuild.1")))[0]?.[0]).toBe("pass");
    // One that EKS doesn't offer: the default would be refused next.
    expect(await look("add-ons", named("v1.23.9-eksbuild.1"))).toEqual([
      [
        "fail",
        expect.stringMatching(/^EKS does not offer vpc-cni v1\.23\.9-eksbuild\.1 /),
        'cluster: { addOns: { "vpc-cni": "v9.9.9-eksbuild.9" } } in environments/dev.ts',
      ],
    ]);
  });

  it("are outdated by a newer build too, in the order of their numbers", async () => {
    running("v1.30.3-eksbuild.9");
    preferred("1.36", "v1.30.3-eksbuild.10");
    expect(await look("add-ons")).toContainEqual([
      "warn",
      expect.stringContaining("vpc-cni v1.30.3-eksbuild.9 is older"),
      expect.stringContaining('"vpc-cni": "v1.30.3-eksbuild.10"'),
    ]);
  });
});
