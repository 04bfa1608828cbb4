import { lookup } from "node:dns/promises";
import { AppsV1Api, CoreV1Api, CustomObjectsApi, type KubeConfig } from "@kubernetes/client-node";
import { isStandby, twins, type Environment } from "../../environments";
import { accessOf } from "../../environments/hosts";
import { NAMESPACE } from "../../environments/names";
import { secretCopiersOf } from "../../environments/secret-copiers";
import { emulator } from "../../environments/emulator";
import { fail, failed, pass, shown, skip, warn, type Finding, type Found } from "../cli/finding";
import { commandLine } from "../cli/options";
import { progress, type Step } from "../cli/progress";
import { untilItHolds } from "../cli/wait";
import { couldNotCheck } from "../cli/why";
import type { Session } from "../session/session";
import { workloadsIn, type Awaited } from "../terraform/awaited";
import { askedInside, curl, pageFinding, streamFinding } from "./answers";
import { drainFinding } from "./drain";
import { externalSecretsIn, notReady, type Conditions } from "./external-secrets";
import { loadBalancer } from "./load-balancer";
import { admissionTrouble, type Target } from "./requests";
import { isReady, isRolledOut, podsOf, troubles, waitingFor } from "./rollout";
import { mayBecomeReady } from "./verdict";

/** Terraform has already waited for the rollouts; further ones come from Reloader and the autoscaler. */
const ROLLOUT_MS = 120_000;
const SECRET_MS = 60_000;
const CERTIFICATE_MS = 180_000;

/** The product's TLS Secret and Certificate. */
const CERTIFICATE = "wbot-tls";

/** One thing that must hold of a running product. */
export interface Check {
  readonly check: string;
  readonly run: () => Promise<Found>;
}

/**
 * Verifies what was deployed, with progress. A check that can't run is a finding, too.
 *
 * @param drainPath a stream that is held while its pod is evicted, if all else passed; without it, no pod is evicted
 */
export async function verify(session: Session, drainPath?: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  const step = ({ check, run }: Check): Step => ({
    title: `Verifying ${check}`,
    work: async () => {
      const finding = { check, ...(await run().catch(couldNotCheck)) };
      findings.push(finding);
      return shown(finding);
    },
  });
  // Everything is deployed: a check that can't run now means unverified, not a failed deploy.
  const all = await checks(session).catch((error: unknown): Check[] => [
    { check: "the product", run: () => Promise.resolve(couldNotCheck(error)) },
  ]);
  // In parallel, so that the waits overlap.
  await progress(all.map(step), { together: true });
  if (drainPath === undefined || failed(findings)) return findings;
  const drain = async () => drainFinding(await session.connected(), session.environment, drainPath);
  await progress([step({ check: "drain", run: drain })]);
  return findings;
}

/** The checks after a deploy, in order; requests only if something can answer them. */
export async function checks(session: Session): Promise<Check[]> {
  const { environment } = session;
  const config = await session.connected();
  const { app } = await session.synthesized();
  return [
    ...workloadsIn(app.json).map((workload) => ({
      check: `rollout ${workload.name}`,
      run: () => rolloutFinding(config, workload),
    })),
    { check: "secrets", run: () => secretsFinding(config, environment) },
    { check: "certificate", run: () => certificateFinding(config, environment) },
    ...(await requestChecks(session, config)),
  ];
}

async function rolloutFinding(config: KubeConfig, { type, namespace, name }: Awaited): Promise<Found> {
  const apps = config.makeApiClient(AppsV1Api);
  const core = config.makeApiClient(CoreV1Api);
  const read = async () =>
    type === "Deployment"
      ? apps.readNamespacedDeployment({ namespace, name })
      : apps.readNamespacedStatefulSet({ namespace, name });
  const attempt = async () => {
    const controller = await read();
    const waiting = waitingFor(controller);
    const { spec, status } = controller;
    if (waiting === undefined)
      return pass(`${status?.readyReplicas ?? 0} of ${spec?.replicas ?? 1} pods are ready`);
    const unready = async () => (await podsOf(core, namespace, name)).filter((pod) => !isReady(pod));
    return isRolledOut(controller) && (await unready()).every(mayBecomeReady)
      ? warn(`${waiting}; the rollout is complete, and the others are still starting`)
      : fail(waiting);
  };
  const fix = async () => {
    // They only explain what was found.
    const seen = await troubles(config, namespace, name).catch(() => []);
    const why = seen.map((each) => `${each}\n`).join("");
    return `${why}kubectl describe pods -n ${namespace} -l app.kubernetes.io/name=${name}`;
  };
  return untilItHolds(attempt, ROLLOUT_MS, { fix });
}

async function secretsFinding(config: KubeConfig, environment: Environment): Promise<Found> {
  const namespaces = [NAMESPACE, ...secretCopiersOf(environment).map(({ to }) => to)];
  const attempt = async () => {
    const items = (await Promise.all(namespaces.map((each) => externalSecretsIn(config, each)))).flat();
    const waiting = items.flatMap((each) => {
      const why = notReady(each);
      return why === undefined ? [] : [`${each.metadata?.name ?? ""}: ${why}`];
    });
    if (items.length === 0) return fail("there are no ExternalSecrets");
    return waiting.length === 0
      ? pass(`${items.length} Secrets are synced from Secrets Manager`)
      : fail(waiting.join("; "));
  };
  return untilItHolds(attempt, SECRET_MS, { fix: () => commandLine("secrets", environment, "status") });
}

async function certificateFinding(config: KubeConfig, { tls, domain, traffic }: Environment): Promise<Found> {
  const api = config.makeApiClient(CustomObjectsApi);
  const attempt = async () => {
    const certificate: unknown = await api.getNamespacedCustomObject({
      group: "cert-manager.io",
      version: "v1",
      namespace: NAMESPACE,
      plural: "certificates",
      name: CERTIFICATE,
    });
    const why = notReady(certificate as Conditions);
    return why === undefined ? pass(`signed by ${tls.issuer} for ${domain.host}`) : fail(why);
  };
  const dns = tls.issuer !== "selfsigned" && domain.hostedZoneId === undefined;
  const target =
    traffic.trustedProxies.length > 0 ? "the proxies of traffic.trustedProxies" : "the load balancer";
  const fix = () =>
    dns
      ? `Let's Encrypt validates it over http://${domain.host}. If nobody uses the name yet, point it at ${target}, then wait a few minutes. If it is live elsewhere, that would move its users to a host without a certificate: docs/moving-here.md says how to get one first.`
      : `kubectl describe certificates,orders,challenges -n ${NAMESPACE}`;
  return untilItHolds(attempt, CERTIFICATE_MS, { fix });
}

async function requestChecks(session: Session, config: KubeConfig): Promise<Check[]> {
  const { domain, tls, traffic, streaming, name } = session.environment;
  const maintenance = traffic.maintenance.enabled;
  const skipped = (why: string, check = "requests"): Check[] => [
    { check, run: () => Promise.resolve(skip(why)) },
  ];
  if (emulator() !== undefined && (await podsAreSimulated(config)))
    return skipped("the cluster simulates its pods, so nothing can answer a request");
  const address = await loadBalancer(session);
  if (address === undefined) return skipped("there is no load balancer: deploy infra first");
  const hasAddress = () => lookup(address).then(Boolean, () => false);
  if (emulator() !== undefined && !(await hasAddress()))
    return skipped("the emulator's load balancer has no address: it accepts no requests");
  const way = wayIn(session.environment, address);
  if (way === undefined)
    return skipped(
      `the load balancer admits only the proxies of traffic.trustedProxies, which forward to ${twins[name]?.of ?? ""} until the switch (then set protection: true in environments/${name}.ts)`,
    );
  const target: Target = {
    host: domain.host,
    address: way,
    trusted: tls.issuer === "letsencrypt",
    maintenance,
  };
  if (accessOf(session.environment) === "private" && (await admissionTrouble(target)) !== undefined)
    return skipped(
      `the load balancer doesn't admit this machine (loadBalancer in environments/${name}.ts); from a machine that it admits: ${curl("--verbose", target, "/health")}`,
    );
  const pages = ["/health", "/"].map((page) => ({
    check: `GET ${page}`,
    // Inside, too, only /health gets an answer of the product during maintenance.
    run: () =>
      pageFinding(target, page, () => askedInside(config, target.host, maintenance ? "/health" : page)),
  }));
  if (maintenance)
    return [...pages, ...skipped("the product is in maintenance (traffic.maintenance)", "stream")];
  const path = streaming.checkPath;
  const notTried = warn(
    "not tried: no path that streams its response is set",
    `streaming: { checkPath: "/api/…" } in environments/${name}.ts`,
  );
  const stream = async () => (path === undefined ? notTried : streamFinding(target, path));
  return [...pages, { check: "stream", run: stream }];
}

/**
 * Where requests are sent: to the load balancer, or to the proxies if only these get through to it. Undefined for a twin
 * behind proxies until it is production itself, and so protected: the answer would be that of the other environment.
 */
export function wayIn(environment: Environment, loadBalancer: string): string | undefined {
  if (accessOf(environment) !== "proxied") return loadBalancer;
  return isStandby(environment) ? undefined : environment.domain.host;
}

/** An emulator's cluster may have kwok nodes, which only simulate pods. */
async function podsAreSimulated(config: KubeConfig): Promise<boolean> {
  const { items } = await config.makeApiClient(CoreV1Api).listNode();
  return items.some(({ status }) => status?.nodeInfo?.containerRuntimeVersion.startsWith("kwok") ?? false);
}
