import { DescribeAddressesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { zoneLetter } from "../../environments/address-plan";
import type { Session } from "../session/session";

/**
 * What allow-lists outside, such as the database's, need before a switch: an environment's NAT gateways get new addresses
 * whenever it is deployed again. Nothing where it has none of its own.
 */
export async function allowListLines({ client, environment, names }: Session): Promise<string[]> {
  const gateways = environment.zones.map((zone) => `${names.prefix}-nat-${zoneLetter(zone)}`);
  const { Addresses = [] } = await client(EC2Client).send(
    new DescribeAddressesCommand({ Filters: [{ Name: "tag:Name", Values: gateways }] }),
  );
  const own = Addresses.flatMap(({ PublicIp }) => PublicIp ?? []);
  return own.length === 0
    ? []
    : [`add ${own.join(", ")} to the allow-lists of the database and of providers, if they have any`];
}
