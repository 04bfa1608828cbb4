import { DescribeAvailabilityZonesCommand, DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
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
  const live = await clusterZones(session);
  if (live.length > 0 && live.join() !== environment.zones.join())
    return fail(
      otherZones(environment, live.join(", ")),
      `zones: ${JSON.stringify(live)} in environments/${name}.ts`,
    );
  const good = AvailabilityZones.filter(({ ZoneId = "" }) => !REFUSED.includes(ZoneId))
    .map(({ ZoneName = "" }) => ZoneName)
    .sort();
  const bad = environment.zones.filter((zone) => !good.includes(zone));
  if (bad.length === 0) return pass(`${many(environment.zones.length, "zone")} of ${region}`);
  return fail(
    `${bad.join(", ")} can't be used: not an available zone of this account, or one where EKS can't place a control plane`,
    good.length < environment.zones.length
      ? `region: "<another>" in environments/${name}.ts: of this one's zones, only ${good.join(", ")} can be used`
      : `zones: ${environment.zones.length} of ${JSON.stringify(good)} in environments/${name}.ts`,
  );
};

/** Zones that the cluster was made in, sorted; none if there is no cluster. */
async function clusterZones(session: Session): Promise<string[]> {
  const SubnetIds = (await session.cluster())?.resourcesVpcConfig?.subnetIds ?? [];
  if (SubnetIds.length === 0) return [];
  const { Subnets = [] } = await session.client(EC2Client).send(new DescribeSubnetsCommand({ SubnetIds }));
  return [...new Set(Subnets.map(({ AvailabilityZone: zone = "" }) => zone))].sort();
}
