import { resolve4, resolveNs } from "node:dns/promises";
import {
  GetHostedZoneCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
  type ResourceRecordSet,
} from "@aws-sdk/client-route-53";
import { hostsOf, recordId } from "../../../environments/hosts";
import { unlessMissing } from "../../cli/aws";
import { proxyOf } from "../../cli/network";
import { commandLine } from "../../cli/options";
import { terraformLine } from "../../../stacks/command-lines";
import { resourcesOf } from "../../../stacks/stack-json";
import type { Session } from "../../session/session";
import { stackPath } from "../../../stacks/stack-names";
import { loadBalancer } from "../../verification/load-balancer";
import { fail, pass, skip, warn, type Found } from "../../cli/finding";
import { answersOf, tried, Unchecked, type Check, type PreflightContext } from "../check";

/**
 * Whether each host's zone is in this account and DNS delegates to it, and has no record of the host that is somebody else's;
 * without a zone, whether the host points here.
 */
export const domain: Check = async (context) => {
  const found = hostsOf(context.session.environment).map(({ host, hostedZoneId }) =>
    // One that can't be looked up must not hide another's trouble.
    tried(() =>
      hostedZoneId === undefined ? pointsHere(context, host) : zoneFits(context, host, hostedZoneId),
    ),
  );
  return (await Promise.all(found)).flat();
};

async function zoneFits({ session, stacks }: PreflightContext, host: string, id: string): Promise<Found> {
  const { client, environment } = session;
  const setting = `domain: { hostedZoneId: "<id>" } in environments/${environment.name}.ts (aws route53 list-hosted-zones)`;
  const asked = client(Route53Client).send(new GetHostedZoneCommand({ Id: id }));
  const answer = await unlessMissing(asked);
  const zone = answer?.HostedZone;
  if (zone?.Name === undefined) return fail(`there is no hosted zone ${id} in this account`, setting);
  const name = zone.Name.replace(/\.$/, "");
  if (zone.Config?.PrivateZone === true)
    return fail(`the hosted zone ${name} is private: it does not resolve outside the VPC`, setting);
  if (host !== name && !host.endsWith(`.${name}`))
    return fail(`the hosted zone ${id} is for ${name}, which does not contain ${host}`, setting);
  if (environment.domain.records && stacks.includes("infra")) {
    const trouble = await conflictingRecord(session, host, id);
    if (trouble !== undefined) return trouble;
  }
  const wanted = (answer?.DelegationSet?.NameServers ?? []).map((server) =>
    server.replace(/\.$/, "").toLowerCase(),
  );
  const given = await inDns(resolveNs(name), name);
  if (given.some((server) => wanted.includes(server.toLowerCase())))
    return pass(`${host} is in the hosted zone ${name}, which DNS delegates to`);
  return warn(
    `DNS does not delegate to the hosted zone ${name}: ${given.length === 0 ? "it has no NS records" : `its NS records name ${given.join(", ")}`}`,
    `At the domain's registrar, or in the parent zone, set these name servers: ${wanted.join(", ")}`,
  );
}

/**
 * A record of the host that isn't this environment's: Route 53 refuses to create another at the end of infra's apply, or
 * for as long as it is there, some of the clients go elsewhere.
 */
async function conflictingRecord(session: Session, host: string, zone: string): Promise<Found | undefined> {
  const [own, { ResourceRecordSets = [] }] = await Promise.all([
    loadBalancer(session),
    session
      .client(Route53Client)
      .send(new ListResourceRecordSetsCommand({ HostedZoneId: zone, StartRecordName: host, MaxItems: 20 })),
  ]);
  const others = ResourceRecordSets.filter(
    ({ Name = "", Type = "", AliasTarget }) =>
      plain(Name) === host &&
      ["A", "AAAA", "CNAME"].includes(Type) &&
      (own === undefined || !plain(AliasTarget?.DNSName ?? "").endsWith(plain(own))),
  );
  const record = others.find(({ Type }) => Type !== "AAAA") ?? others[0];
  if (record === undefined) return undefined;
  const to = targetsOf(record).join(", ");
  if (record.Type === "AAAA")
    return warn(
      `${host} has an AAAA record, ${to}: IPv6 clients would keep going there, since this project creates only an A record`,
      `Delete it when you move ${host} here: docs/moving-here.md`,
    );
  const { environment } = session;
  const alone = `domain: { records: false } in environments/${environment.name}.ts`;
  const how = "How to move without downtime: docs/moving-here.md";
  const why = `${host} already has a record, ${record.Type ?? ""} ${to}`;
  // Terraform imports nothing before there is a cluster: the providers of its objects can't be configured.
  if (own === undefined)
    return fail(
      `${why}: Route 53 refuses a second one`,
      `Leave it alone in a first deploy: ${alone}. ${how}`,
    );
  const { infra } = await session.synthesized();
  const path = `${recordId(host)}/alias`;
  const address = resourcesOf(infra.json).find((each) => each.path === path)?.address ?? "";
  const setId = record.SetIdentifier === undefined ? "" : `_${record.SetIdentifier}`;
  // Not of the folder that was synthesized for this check: it is gone when somebody reads this.
  const folder = stackPath(environment, "infra");
  // infra's state may have the record, changed by hand: a deploy sets it right.
  return warn(
    `${why}, not to this environment's load balancer: unless infra's state has it, Route 53 refuses a second one`,
    `To move it here with the next deploy, which changes it at once: ${commandLine("diff", environment, "infra")} && ${terraformLine(folder, "import", address, `${zone}_${host}_${record.Type ?? ""}${setId}`)}. To leave it alone for now: ${alone}. ${how}`,
  );
}

/** Without the root's dot, and in lower case, as the settings have it. */
function plain(name: string): string {
  return name.replace(/\.$/, "").toLowerCase();
}

function targetsOf({ AliasTarget, ResourceRecords = [] }: ResourceRecordSet): string[] {
  return AliasTarget?.DNSName === undefined
    ? ResourceRecords.map(({ Value = "" }) => Value)
    : [plain(AliasTarget.DNSName)];
}

async function pointsHere({ session }: PreflightContext, host: string): Promise<Found> {
  if (session.environment.tls.issuer === "selfsigned")
    return skip(`${host} needs no public DNS record: its certificate is self-signed`);
  if (session.environment.traffic.trustedProxies.length > 0)
    return skip(`${host} must point at the proxies in traffic.trustedProxies; not checked`);
  const address = await loadBalancer(session);
  if (address === undefined) return skip(`point ${host} at the load balancer once infra has created it`);
  const [own, wanted] = await Promise.all([host, address].map((name) => inDns(resolve4(name), name)));
  if (own?.some((each) => wanted?.includes(each)) === true)
    return pass(`${host} points at the load balancer`);
  return warn(
    `${host} does not point at the load balancer, so no certificate can be issued over HTTP-01`,
    `${host}. CNAME ${address}. (this moves its users here; to have a certificate before that, set domain.hostedZoneId)`,
  );
}

async function inDns(lookup: Promise<string[]>, name: string): Promise<string[]> {
  const found = await answersOf(lookup, name);
  // Where a proxy is the way out, DNS may know no names of the internet.
  if (found.length === 0 && proxyOf(`https://${name}`) !== undefined)
    throw new Unchecked(`DNS knows nothing about ${name} here, behind a proxy`);
  return found;
}
