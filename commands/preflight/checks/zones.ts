import {
  DescribeAvailabilityZonesCommand,
  DescribeSubnetsCommand,
  EC2Client,
  type AvailabilityZone,
} from "@aws-sdk/client-ec2";
import { otherZones } from "../../../environments/hints";
import type { Session } from "../../session/session";
import { fail, many, pass } from "../../cli/finding";
import type { Check } from "../check";

/** Zones in which EKS can't place a control plane, by the id that is the same in every account. */
const REFUSED = ["use1-az3", "usw1-az2", "cac1-az3"];

/** Whether the region is enabled, EKS accepts the zones behind this account's zone names, and a cluster is in them. */
export const zones: Check = async ({ session }) => {
  const { client, environment } = session;
  const { region, name } = environment;
  const { AvailabilityZones = [] } = await client(EC2Client).send(
    new DescribeAvailabilityZonesCommand({
      Filters: [
        { Name: "zone-type", Values: ["availability-zone"] },
        { Name: "state", Values: ["available"] },
      ],
    }),
  );
  const troubles = environment.zones.flatMap((zone) => {
    const why = troubleWith(AvailabilityZones.find(({ ZoneName }) => ZoneName === zone));
    return why === undefined ? [] : [`${zone} ${why}`];
  });
  const live = await clusterZones(session);
  if (live.length > 0 && live.join() !== environment.zones.join())
    return fail(
      otherZones(environment, live.join(", ")),
      `zones: ${JSON.stringify(live)} in environments/${environment.name}.ts`,
    );
  if (troubles.length === 0) return pass(`${many(environment.zones.length, "zone")} of ${region}`);
  const good = AvailabilityZones.filter((zone) => troubleWith(zone) === undefined)
    .map(({ ZoneName = "" }) => ZoneName)
    .sort();
  return fail(
    troubles.join("; "),
    good.length < environment.zones.length
      ? `${region} has only ${many(good.length, "zone")} for this account: region: "<another>" in environments/${name}.ts`
      : `zones: ${JSON.stringify(good.slice(0, environment.zones.length))} in environments/${name}.ts`,
  );
};

/** Zones that the cluster was made in, sorted; none if there is no cluster. */
async function clusterZones(session: Session): Promise<string[]> {
  const SubnetIds = (await session.cluster())?.resourcesVpcConfig?.subnetIds ?? [];
  if (SubnetIds.length === 0) return [];
  const { Subnets = [] } = await session.client(EC2Client).send(new DescribeSubnetsCommand({ SubnetIds }));
  return [...new Set(Subnets.map(({ AvailabilityZone: zone = "" }) => zone))].sort();
}

function troubleWith(zone: AvailabilityZone | undefined): string | undefined {
  if (zone === undefined) return "is not an availability zone of this account, or not available";
  return REFUSED.includes(zone.ZoneId ?? "")
    ? `is ${zone.ZoneId ?? ""} in this account, where EKS can't place a control plane`
    : undefined;
}
