import { DescribeAvailabilityZonesCommand, EC2Client, type AvailabilityZone } from "@aws-sdk/client-ec2";
import { fail, many, pass, type Check } from "../check";

/** Zones in which EKS can't place a control plane, by the id that is the same in every account. */
const REFUSED = ["use1-az3", "usw1-az2", "cac1-az3"];

/** Whether the region is enabled, and EKS accepts the zones behind this account's zone names. */
export const zones: Check = {
  aws: true,
  look: async ({ session: { client, environment } }) => {
    const { region, name } = environment;
    const { AvailabilityZones = [] } = await client(EC2Client).send(
      new DescribeAvailabilityZonesCommand({ AllAvailabilityZones: true }),
    );
    const troubles = environment.zones.flatMap((zone) => {
      const why = troubleWith(AvailabilityZones.find(({ ZoneName }) => ZoneName === zone));
      return why === undefined ? [] : [`${zone} ${why}`];
    });
    if (troubles.length === 0) return [pass(`${many(environment.zones.length, "zone")} of ${region}`)];
    const good = AvailabilityZones.filter((zone) => troubleWith(zone) === undefined)
      .map(({ ZoneName = "" }) => ZoneName)
      .sort();
    return [
      fail(
        troubles.join("; "),
        good.length < environment.zones.length
          ? `${region} has only ${many(good.length, "zone")} for this account: region: "<another>" in environments/${name}.ts`
          : `zones: ${JSON.stringify(good.slice(0, environment.zones.length))} in environments/${name}.ts`,
      ),
    ];
  },
};

function troubleWith(zone: AvailabilityZone | undefined): string | undefined {
  if (zone === undefined) return "is not a zone of this account";
  if (REFUSED.includes(zone.ZoneId ?? ""))
    return `is ${zone.ZoneId ?? ""} in this account, where EKS can't place a control plane`;
  if (zone.ZoneType !== undefined && zone.ZoneType !== "availability-zone")
    return `is a ${zone.ZoneType}, which a cluster can't be in`;
  if (zone.OptInStatus === "not-opted-in") return "is not enabled in this account";
  return zone.State === undefined || zone.State === "available" ? undefined : `is ${zone.State}`;
}
