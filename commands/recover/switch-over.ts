import { DescribeAddressesCommand, EC2Client } from "@aws-sdk/client-ec2";
import type { Environment } from "../../environments";
import { zoneLetter } from "../../environments/address-plan";
import { hostsOf } from "../../environments/hosts";
import type { Session } from "../session/session";
import { describedLoadBalancer } from "../verification/load-balancer";

/** How to switch users of `from` over to the environment of a session. */
export async function switchLines(from: Environment, session: Session): Promise<string[]> {
  return [...(await allowListLines(session)), ...(await dnsLines(from, session))];
}

/**
 * What allow-lists outside, such as the database's, need before a switch: an environment's NAT gateways get new addresses
 * whenever it is deployed again. Nothing where it has none of its own.
 */
async function allowListLines({ client, environment, names }: Session): Promise<string[]> {
  const gateways = environment.zones.map((zone) => `${names.prefix}-nat-${zoneLetter(zone)}`);
  const { Addresses = [] } = await client(EC2Client).send(
    new DescribeAddressesCommand({ Filters: [{ Name: "tag:Name", Values: gateways }] }),
  );
  const own = Addresses.flatMap(({ PublicIp }) => PublicIp ?? []);
  return own.length === 0
    ? []
    : [`add ${own.join(", ")} to the allow-lists of the database and of providers, if they have any`];
}

/**
 * What points each host at an environment's load balancer: a command where Route 53 has the zone, else a record. Behind
 * trusted proxies their origin changes; the records point at them, except those that `from` has of its own.
 */
async function dnsLines(from: Environment, session: Session): Promise<string[]> {
  const { environment } = session;
  const { DNSName = "", CanonicalHostedZoneId = "" } = (await describedLoadBalancer(session)) ?? {};
  const isProxied = environment.traffic.trustedProxies.length > 0;
  return hostsOf(environment).flatMap(({ host, hostedZoneId }) => {
    const origin = `${host}: make ${DNSName} the origin in the proxies of traffic.trustedProxies`;
    if (isProxied && (hostedZoneId === undefined || !from.domain.records))
      return [`${origin}; the record stays`];
    if (hostedZoneId === undefined) return [`${host}. CNAME ${DNSName}.`];
    const batch = {
      Changes: [
        {
          Action: "UPSERT",
          ResourceRecordSet: {
            Name: host,
            Type: "A",
            AliasTarget: { DNSName, HostedZoneId: CanonicalHostedZoneId, EvaluateTargetHealth: true },
          },
        },
      ],
    };
    const record = `aws route53 change-resource-record-sets --hosted-zone-id ${hostedZoneId} --change-batch '${JSON.stringify(batch)}'`;
    return isProxied ? [origin, record] : [record];
  });
}
