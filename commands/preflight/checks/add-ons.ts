import {
  DescribeAddonCommand,
  DescribeAddonVersionsCommand,
  EKSClient,
  type AddonInfo,
} from "@aws-sdk/client-eks";
import type { Environment } from "../../../environments";
import { ADD_ON_NAMES, FLOORS, isOlder, type AddOnName } from "../../../environments/add-ons";
import { unlessMissing } from "../../cli/aws";
import { fail, many, pass, skip, warn, type Check, type Found } from "../check";

/**
 * Whether the add-ons have EKS's default versions for the Kubernetes version. EKS applies the defaults on creation, but
 * doesn't upgrade add-ons with the cluster.
 */
export const addOns: Check = {
  aws: true,
  look: async ({ session }) => {
    const { name, cluster } = session.environment;
    const client = session.client(EKSClient);
    const after = await Promise.all(
      ADD_ON_NAMES.map(async (addOn) => ({
        addOn,
        version: cluster.addOns[addOn] ?? (await runningVersion(client, session.names.cluster, addOn)),
      })),
    );
    const known = after.filter(({ version }) => version !== undefined);
    const old = await belowFloors(client, session.environment, after);
    if (old.length > 0) return old;
    if (known.length === 0) return [skip("not created yet: EKS creates them at their default versions")];
    const outdated = (
      await Promise.all(
        known.map(async ({ addOn, version }) => {
          const wanted = await defaultVersion(client, addOn, cluster.version);
          return wanted === undefined || wanted === version ? [] : [{ addOn, version, wanted }];
        }),
      )
    ).flat();
    if (outdated.length === 0)
      return [
        pass(`${many(known.length, "add-on")} at EKS's default versions for Kubernetes ${cluster.version}`),
      ];
    const lines = outdated.map(({ addOn, wanted }) => `"${addOn}": "${wanted}"`);
    return [
      warn(
        `for Kubernetes ${cluster.version} EKS defaults to different versions of ${outdated.map(({ addOn, version }) => `${addOn} (${version})`).join(", ")}`,
        `cluster: { addOns: { ${lines.join(", ")} } } in environments/${name}.ts`,
      ),
    ];
  },
};

/** Add-ons older than what this project needs; before they are created, EKS's defaults are. */
async function belowFloors(
  client: EKSClient,
  { name, cluster }: Environment,
  after: readonly { readonly addOn: AddOnName; readonly version: string | undefined }[],
): Promise<Found[]> {
  const found = await Promise.all(
    after.map(async ({ addOn, version }) => {
      const floor = FLOORS[addOn];
      if (floor === undefined) return [];
      const { addons = [] } = await client.send(
        new DescribeAddonVersionsCommand({ addonName: addOn, kubernetesVersion: cluster.version }),
      );
      const installed = version ?? addons.flatMap(defaults)[0];
      if (installed === undefined || !isOlder(installed, floor.version)) return [];
      const why = `${addOn} ${installed} ${version === undefined ? "would be created" : "is installed"}, below ${floor.version}: ${floor.why}`;
      const newer = addons
        .flatMap(({ addonVersions = [] }) => addonVersions.map(({ addonVersion = "" }) => addonVersion))
        .find((each) => !isOlder(each, floor.version));
      return [
        newer === undefined
          ? warn(
              `${why}. EKS offers no newer one for Kubernetes ${cluster.version} yet`,
              "docs/network-policies.md",
            )
          : fail(why, `cluster: { addOns: { "${addOn}": "${newer}" } } in environments/${name}.ts`),
      ];
    }),
  );
  return found.flat();
}

async function runningVersion(
  client: EKSClient,
  clusterName: string,
  addonName: AddOnName,
): Promise<string | undefined> {
  const answer = await unlessMissing(
    client.send(new DescribeAddonCommand({ clusterName, addonName })),
    "ResourceNotFoundException",
  );
  return answer?.addon?.addonVersion;
}

async function defaultVersion(
  client: EKSClient,
  addonName: AddOnName,
  kubernetesVersion: string,
): Promise<string | undefined> {
  const { addons = [] } = await client.send(
    new DescribeAddonVersionsCommand({ addonName, kubernetesVersion }),
  );
  return addons.flatMap(defaults)[0];
}

function defaults({ addonVersions = [] }: AddonInfo): string[] {
  return addonVersions.flatMap(({ addonVersion, compatibilities = [] }) =>
    addonVersion !== undefined && compatibilities.some(({ defaultVersion: is }) => is === true)
      ? [addonVersion]
      : [],
  );
}
