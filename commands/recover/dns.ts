import type { Environment } from "../../environments";
import { hostsOf } from "../../environments/hosts";
import type { Session } from "../session/session";
import { describedLoadBalancer } from "../verification/load-balancer";

/**
 * What points each host at an environment's load balancer: a command where Route 53 has the zone, else a record. Behind
 * trusted proxies their origin changes; the records point at them, except those that `from` has of its own.
 */
export async function dnsLines(from: Environment, session: Session): Promise<string[]> {
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
