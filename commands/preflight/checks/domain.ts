import { GetHostedZoneCommand, Route53Client } from "@aws-sdk/client-route-53";
import { hostsOf } from "../../../environments/hosts";
import { isAwsError } from "../../cli/aws";
import { loadBalancer } from "../../verification/load-balancer";
import { fail, pass, skip, warn, type Check, type Found } from "../check";
import type { PreflightContext } from "../context";

/** Whether each host's zone is in this account and DNS delegates to it; without a zone, whether the host points here. */
export const domain: Check = {
  aws: true,
  look: (context) =>
    Promise.all(
      hostsOf(context.session.environment).map(({ host, hostedZoneId }) =>
        hostedZoneId === undefined ? pointsHere(context, host) : zoneFits(context, host, hostedZoneId),
      ),
    ),
};

async function zoneFits(
  { session: { client, environment }, outside }: PreflightContext,
  host: string,
  id: string,
): Promise<Found> {
  const setting = `domain: { hostedZoneId: "<id>" } in environments/${environment.name}.ts (aws route53 list-hosted-zones)`;
  const answer = await client(Route53Client)
    .send(new GetHostedZoneCommand({ Id: id }))
    .catch((error: unknown) => {
      if (isAwsError(error, "NoSuchHostedZone", "InvalidInput")) return undefined;
      throw error;
    });
  const zone = answer?.HostedZone;
  if (zone?.Name === undefined) return fail(`there is no hosted zone ${id} in this account`, setting);
  const name = zone.Name.replace(/\.$/, "");
  if (zone.Config?.PrivateZone === true)
    return fail(`the hosted zone ${name} is private: it does not resolve outside the VPC`, setting);
  if (host !== name && !host.endsWith(`.${name}`))
    return fail(`the hosted zone ${id} is for ${name}, which does not contain ${host}`, setting);
  const wanted = (answer?.DelegationSet?.NameServers ?? []).map((server) =>
    server.replace(/\.$/, "").toLowerCase(),
  );
  const given = await outside.resolveNs(name).catch((): string[] => []);
  if (given.some((server) => wanted.includes(server.toLowerCase())))
    return pass(`${host} is in the hosted zone ${name}, which DNS delegates to`);
  return warn(
    `DNS does not delegate to the hosted zone ${name}: ${given.length === 0 ? "it has no NS records" : `its NS records name ${given.join(", ")}`}`,
    `At the domain's registrar, or in the parent zone, set these name servers: ${wanted.join(", ")}`,
  );
}

async function pointsHere({ session, outside }: PreflightContext, host: string): Promise<Found> {
  if (session.environment.tls.issuer === "selfsigned")
    return skip(`${host} needs no public DNS record: its certificate is self-signed`);
  const address = await loadBalancer(session);
  if (address === undefined) return skip(`point ${host} at the load balancer once infra has created it`);
  const [own, wanted] = await Promise.all(
    [host, address].map((name) => outside.resolve4(name).catch((): string[] => [])),
  );
  if (own?.some((each) => wanted?.includes(each)) === true)
    return pass(`${host} points at the load balancer`);
  return warn(
    `${host} does not point at the load balancer, so no certificate can be issued over HTTP-01`,
    `${host}. CNAME ${address}. (this moves its users here; to have a certificate before that, set domain.hostedZoneId)`,
  );
}
