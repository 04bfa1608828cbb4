import { resolve4, resolveCaa, resolveNs } from "node:dns/promises";
import {
  GetHostedZoneCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
  type GetHostedZoneCommandOutput,
  type ResourceRecordSet,
} from "@aws-sdk/client-route-53";
import { hostsOf, recordId } from "../../../environments/hosts";
import { emulator } from "../../../environments/emulator";
import { troubleOrThrow, unlessMissing } from "../../cli/aws";
import { commandLine } from "../../cli/options";
import { terraformLine } from "../../../stacks/command-lines";
import { resourcesOf } from "../../../stacks/stack-json";
import type { Session } from "../../session/session";
import { stackPath } from "../../../stacks/stack-names";
import { loadBalancer } from "../../verification/load-balancer";
import { fail, pass, skip, warn, type Found } from "../../cli/finding";
import {
  answersOf,
  publicAnswersOf,
  tried,
  type Check,
  type Findings,
  type PreflightContext,
} from "../check";

/**
 * Whether each host's zone is in this account and DNS delegates to it, and has no record of the host that is somebody else's;
 * without a zone, whether the host points here. And whether Let's Encrypt may sign for it.
 */
export const domain: Check = async (context) => {
  const found = hostsOf(context.session.environment).flatMap(({ host, hostedZoneId }) =>
    // One that can't be looked up must not hide another's trouble.
    [
      () => (hostedZoneId === undefined ? pointsHere(context, host) : zoneFits(context, host, hostedZoneId)),
      () => mayBeSigned(context.session, host),
    ].map(tried),
  );
  return (await Promise.all(found)).flat();
};

async function zoneFits({ session, stacks }: PreflightContext, host: string, id: string): Promise<Findings> {
  const { client, environment } = session;
  const setting = `domain: { hostedZoneId: "<id>" } in environments/${environment.name}.ts (aws route53 list-hosted-zones)`;
  let answer: GetHostedZoneCommandOutput | undefined;
  try {
    answer = await unlessMissing(client(Route53Client).send(new GetHostedZoneCommand({ Id: id })));
  } catch (error) {
    return deniedZone(error);
  }
  const zone = answer?.HostedZone;
  if (zone?.Name === undefined) return fail(`there is no hosted zone ${id} in this account`, setting);
  const name = zone.Name.replace(/\.$/, "");
  if (zone.Config?.PrivateZone === true)
    return fail(`the hosted zone ${name} is private: it does not resolve outside the VPC`, setting);
  if (host !== name && !host.endsWith(`.${name}`))
    return fail(`the hosted zone ${id} is for ${name}, which does not contain ${host}`, setting);
  if (environment.domain.records && stacks.includes("infra")) {
    const troubles = await conflictingRecords(session, host, id);
    if (troubles.length > 0) return troubles;
  }
  const wanted = (answer?.DelegationSet?.NameServers ?? []).map((server) =>
    server.replace(/\.$/, "").toLowerCase(),
  );
  const given = await publicAnswersOf(resolveNs(name), name);
  if (given.some((server) => wanted.includes(server.toLowerCase())))
    return pass(`${host} is in the hosted zone ${name}, which DNS delegates to`);
  return warn(
    `DNS does not delegate to the hosted zone ${name}: ${given.length === 0 ? "it has no NS records" : `its NS records name ${given.join(", ")}`}`,
    `At the domain's registrar, or in the parent zone, set these name servers: ${wanted.join(", ")}`,
  );
}

/** A zone of another account is denied like one that may not be read. */
function deniedZone(error: unknown): Found {
  const { kind, why, fix } = troubleOrThrow(error);
  if (kind !== "denied") throw error;
  return warn(
    `could not check: ${why}`,
    `${fix}. Or the hosted zone belongs to another account, which no environment can use: name one in this account, such as a subdomain's that the other zone delegates to, or leave hostedZoneId out, create the record yourself, and have the certificate validated over HTTP-01 (docs/moving-here.md)`,
  );
}

/**
 * Records of the host that aren't this environment's: Route 53 refuses to create another at the end of infra's apply, or
 * for as long as one is there, some of the clients go elsewhere.
 */
async function conflictingRecords(session: Session, host: string, zone: string): Promise<Found[]> {
  const [own, { ResourceRecordSets = [] }] = await Promise.all([
    loadBalancer(session),
    session
      .client(Route53Client)
      .send(new ListResourceRecordSetsCommand({ HostedZoneId: zone, StartRecordName: host, MaxItems: 20 })),
  ]);
  const others = ResourceRecordSets.filter(
    ({ Name = "", AliasTarget }) =>
      plain(Name) === host && (own === undefined || !plain(AliasTarget?.DNSName ?? "").endsWith(plain(own))),
  );
  const record = others.find(({ Type }) => Type === "A" || Type === "CNAME");
  const strays = others.filter(({ Type }) => Type === "AAAA" || Type === "HTTPS");
  return [
    ...(record === undefined ? [] : [await taken(session, host, zone, own, record)]),
    ...strays.map((stray) =>
      warn(
        `${host} has an ${stray.Type ?? ""} record, ${targetsOf(stray)}: clients that follow it would keep going there, since this project creates only an A record`,
        `Delete it when you move ${host} here: docs/moving-here.md`,
      ),
    ),
  ];
}

/** A record in the place of this project's own, to the load balancer `own`. */
async function taken(
  session: Session,
  host: string,
  zone: string,
  own: string | undefined,
  record: ResourceRecordSet,
): Promise<Found> {
  const { environment } = session;
  const alone = `domain: { records: false } in environments/${environment.name}.ts`;
  const how = "How to move without downtime: docs/moving-here.md";
  const why = `${host} already has a record, ${record.Type ?? ""} ${targetsOf(record)}`;
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

function targetsOf({ AliasTarget, ResourceRecords = [] }: ResourceRecordSet): string {
  return AliasTarget?.DNSName === undefined
    ? ResourceRecords.map(({ Value = "" }) => Value).join(", ")
    : plain(AliasTarget.DNSName);
}

async function pointsHere({ session }: PreflightContext, host: string): Promise<Found> {
  if (session.environment.tls.issuer === "selfsigned")
    return skip(`${host} needs no public DNS record: its certificate is self-signed`);
  if (session.environment.traffic.trustedProxies.length > 0)
    return skip(`${host} must point at the proxies in traffic.trustedProxies; not checked`);
  const address = await loadBalancer(session);
  if (address === undefined) return skip(`point ${host} at the load balancer once infra has created it`);
  const [own, wanted] = await Promise.all(
    [host, address].map((name) => publicAnswersOf(resolve4(name), name)),
  );
  if (own?.some((each) => wanted?.includes(each)) === true)
    return pass(`${host} points at the load balancer`);
  return warn(
    `${host} does not point at the load balancer, so no certificate is issued over HTTP-01 unless whatever answers there forwards the challenge`,
    `${host}. CNAME ${address}. (this moves its users here; docs/moving-here.md says how to get a certificate first)`,
  );
}

/** Let's Encrypt in CAA records, its staging included. */
const AUTHORITY = "letsencrypt.org";

/**
 * Whether CAA records let Let's Encrypt sign for a host: those of the first name that has any, from the host upwards.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8659#section-3
 */
async function mayBeSigned({ environment }: Session, host: string): Promise<Findings> {
  if (environment.tls.issuer === "selfsigned" || emulator() !== undefined) return [];
  const labels = host.split(".");
  for (const name of labels.map((_, at) => labels.slice(at).join("."))) {
    const records = await answersOf(resolveCaa(name), `the CAA records of ${name}`);
    if (records.length === 0) continue;
    // Without any of this kind, they limit only other certificates, such as wildcards.
    const issuers = records.flatMap(({ issue }) => issue ?? []);
    const named = issuers.some((each) => each.replace(/;.*/s, "").trim().toLowerCase() === AUTHORITY);
    if (issuers.length === 0 || named) return [];
    // Beside a cluster there may be a certificate, and a CNAME has its target's records until it points here.
    return warn(
      `the CAA records of ${name} (${issuers.join(", ")}) don't let Let's Encrypt sign a certificate for ${host}`,
      `Add another: CAA 0 issue "${AUTHORITY}". If ${name} is a CNAME, only the owner of its target can, and it no longer matters once ${host} points here`,
    );
  }
  return [];
}
