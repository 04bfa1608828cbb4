import { lookup } from "node:dns/promises";
import { CoreV1Api, CustomObjectsApi, setHeaderOptions, type KubeConfig } from "@kubernetes/client-node";
import { twins, type Environment } from "../../environments";
import { answersAnyone, answersByProxiesOnly } from "../../environments/edge-ranges";
import { missingCluster } from "../../environments/hints";
import { NAMESPACE } from "../../environments/names";
import { secretCopiersOf } from "../../environments/secret-copiers";
import { emulator } from "../../environments/emulator";
import { CommandError } from "../cli/exit-codes";
import type { Finding, FindingStatus } from "../cli/finding";
import { commandLine } from "../cli/options";
import type { Session } from "../session/session";
import { drainFinding } from "./drain";
import { loadBalancer } from "./load-balancer";
import { connectTrouble, get, notAStream, type Answer, type Target } from "./requests";
import { isReady, rollout, shownTrouble, troubles } from "./rollout";
import { couldNotCheck, reasonOf } from "./could-not-check";
import { waitUntil, type WaitOptions } from "./wait";
import { workloadsOf, type Workload } from "./workloads";

/** Terraform has already waited for the rollouts; further ones come from Reloader and the autoscaler. */
const ROLLOUT_MS = 120_000;
const SECRET_MS = 60_000;
const CERTIFICATE_MS = 180_000;
/** A node is in service after two passed health checks, a new load balancer after some minutes. */
const ANSWER_MS = 300_000;
const STREAM_MS = 30_000;
const HTTPS_PORT = 443;

/** The product's TLS Secret and Certificate. */
const CERTIFICATE = "wbot-tls";

/** One thing that must hold of a running product. */
export interface Look {
  readonly title: string;
  readonly look: () => Promise<Finding>;
}

export interface VerificationOptions {
  /** Fraction of the usual timeouts, from 0 (check once) to 1. @default 1 */
  readonly patience?: number;
}

/**
 * The checks after a deploy, in order; requests only if something can answer them. A check that can't run is a finding,
 * too.
 */
export async function looks(session: Session, options: VerificationOptions = {}): Promise<Look[]> {
  const { environment } = session;
  const config = await session.kubernetes();
  if (config === undefined) throw new CommandError(missingCluster(environment));
  const within = (milliseconds: number): WaitOptions => ({
    patience: milliseconds * (options.patience ?? 1),
  });
  const all: Look[] = [
    ...workloadsOf(environment).map((workload) => ({
      title: `rollout of ${workload.name}`,
      look: () => rolloutFinding(config, workload, within(ROLLOUT_MS)),
    })),
    { title: "secrets", look: () => secretsFinding(config, environment, within(SECRET_MS)) },
    { title: "certificate", look: () => certificateFinding(config, environment, within(CERTIFICATE_MS)) },
    ...(await requestLooks(session, config, within)),
  ];
  return all.map(caught);
}

/** Apart from the others, since it evicts a pod: one that holds a stream of this path meanwhile. */
export function drainLook(session: Session, path: string): Look {
  return caught({
    title: "drain",
    look: async () => {
      const config = await session.kubernetes();
      if (config === undefined) throw new CommandError(missingCluster(session.environment));
      return drainFinding(config, session.environment, path);
    },
  });
}

function caught({ title, look }: Look): Look {
  return { title, look: () => look().catch((error: unknown) => couldNotCheck(title, error)) };
}

async function rolloutFinding(
  config: KubeConfig,
  { kind, name }: Workload,
  options: WaitOptions,
): Promise<Finding> {
  const check = `rollout ${name}`;
  const found = await waitUntil(
    () => rollout(config, NAMESPACE, kind, name),
    ({ waiting }) => waiting === undefined,
    options,
  );
  if (found.waiting === undefined)
    return { check, status: "pass", why: `${found.ready} of ${found.wanted} pods are ready` };
  const why = (await troubles(config, NAMESPACE, name)).map(shownTrouble).join("\n");
  return {
    check,
    status: "fail",
    why: found.waiting,
    fix: `${why === "" ? "" : `${why}\n`}kubectl describe pods -n ${NAMESPACE} -l app.kubernetes.io/name=${name}`,
  };
}

interface Conditions {
  readonly metadata?: { readonly name?: string };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
}

/** Undefined if it is ready, else its own message. */
function notReady({ status }: Conditions): string | undefined {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.status === "True" ? undefined : (ready?.message ?? "it has no status yet");
}

async function secretsFinding(
  config: KubeConfig,
  environment: Environment,
  options: WaitOptions,
): Promise<Finding> {
  const check = "secrets";
  const api = config.makeApiClient(CustomObjectsApi);
  const look = async () => {
    const lists = await Promise.all(
      [NAMESPACE, ...secretCopiersOf(environment).map(({ to }) => to)].map(
        (namespace) =>
          api.listNamespacedCustomObject({
            group: "external-secrets.io",
            version: "v1",
            namespace,
            plural: "externalsecrets",
          }) as Promise<{ items: Conditions[] }>,
      ),
    );
    return lists.flatMap(({ items }) => items);
  };
  const items = await waitUntil(
    look,
    (found) => found.length > 0 && found.every((each) => notReady(each) === undefined),
    options,
  );
  const waiting = items.filter((each) => notReady(each) !== undefined);
  if (items.length > 0 && waiting.length === 0)
    return { check, status: "pass", why: `${items.length} Secrets are synced from Secrets Manager` };
  return {
    check,
    status: "fail",
    why:
      items.length === 0
        ? "there are no ExternalSecrets"
        : waiting.map((each) => `${each.metadata?.name ?? ""}: ${notReady(each) ?? ""}`).join("; "),
    fix: commandLine("secrets", environment, "status"),
  };
}

async function certificateFinding(
  config: KubeConfig,
  { tls, domain }: Environment,
  options: WaitOptions,
): Promise<Finding> {
  const check = "certificate";
  const api = config.makeApiClient(CustomObjectsApi);
  const why = await waitUntil(
    async () =>
      notReady(
        (await api.getNamespacedCustomObject({
          group: "cert-manager.io",
          version: "v1",
          namespace: NAMESPACE,
          plural: "certificates",
          name: CERTIFICATE,
        })) as Conditions,
      ),
    (found) => found === undefined,
    options,
  );
  if (why === undefined) return { check, status: "pass", why: `signed by ${tls.issuer} for ${domain.host}` };
  const dns = tls.issuer !== "selfsigned" && domain.hostedZoneId === undefined;
  return {
    check,
    status: "fail",
    why,
    fix: dns
      ? `Let's Encrypt validates it over http://${domain.host}: point the name at the load balancer, then wait a few minutes.`
      : `kubectl describe certificates,orders,challenges -n ${NAMESPACE}`,
  };
}

async function requestLooks(
  session: Session,
  config: KubeConfig,
  within: (milliseconds: number) => WaitOptions,
): Promise<Look[]> {
  const { domain, tls, streaming, name } = session.environment;
  const skipped = (why: string): Look[] => [
    {
      title: "requests",
      look: () => Promise.resolve({ check: "requests", status: "skip", why }),
    },
  ];
  if (emulator() !== undefined && (await podsAreSimulated(config)))
    return skipped("the cluster simulates its pods, so nothing can answer a request");
  const address = await loadBalancer(session);
  if (address === undefined) return skipped("there is no load balancer: deploy infra first");
  if (emulator() !== undefined && !(await hasAddress(address)))
    return skipped("the emulator's load balancer has no address: it accepts no requests");
  const way = wayIn(session.environment, address);
  if (way === undefined)
    return skipped(
      "the load balancer admits only the proxies of traffic.trustedProxies, and until a switch they lead to the environment that this one can replace",
    );
  const target: Target = {
    host: domain.host,
    address: way,
    trusted: tls.issuer === "letsencrypt",
  };
  if (!answersAnyone(session.environment) && (await connectTrouble(address, HTTPS_PORT)) !== undefined)
    return skipped(
      `the load balancer doesn't admit this machine (loadBalancer in environments/${name}.ts); from where it does: ${whyUnreachable(target, "/health")}`,
    );
  const path = streaming.checkPath;
  return [
    ...["/health", "/"].map((page) => ({
      title: `GET ${page}`,
      look: () => pageFinding(target, page, within(ANSWER_MS), () => askedInside(config, target.host, page)),
    })),
    {
      title: "stream",
      look: () =>
        path === undefined
          ? Promise.resolve({
              check: "stream",
              status: "warn",
              why: "not tried: no path that streams its response is set",
              fix: `streaming: { checkPath: "/api/…" } in environments/${name}.ts`,
            })
          : streamFinding(target, path, within(ANSWER_MS)),
    },
  ];
}

/**
 * Where the product is asked: at its load balancer, or at the proxies where only these get through to it. None for a twin
 * behind proxies: the answer would be that of the other environment.
 */
export function wayIn(environment: Environment, loadBalancer: string): string | undefined {
  if (!answersByProxiesOnly(environment)) return loadBalancer;
  return Object.hasOwn(twins, environment.name) ? undefined : environment.domain.host;
}

async function hasAddress(host: string): Promise<boolean> {
  return lookup(host).then(
    () => true,
    () => false,
  );
}

/** An emulator's cluster may have kwok nodes, which only simulate pods. */
export async function podsAreSimulated(config: KubeConfig): Promise<boolean> {
  const { items } = await config.makeApiClient(CoreV1Api).listNode();
  return items.some(({ status }) => status?.nodeInfo?.containerRuntimeVersion.startsWith("kwok") ?? false);
}

/**
 * Waits until a path answers with 200. `inside` says how it answers inside the cluster, if nothing from outside gets through.
 */
export async function pageFinding(
  target: Target,
  path: string,
  options: WaitOptions,
  inside: () => Promise<string> = () => Promise.resolve(""),
): Promise<Finding> {
  const check = `GET ${path}`;
  const look = () =>
    get(target, path).then(
      ({ status, milliseconds }): Looked => ({
        status: status === 200 ? "pass" : "fail",
        why: `answered ${status} in ${Math.round(milliseconds)} ms`,
        answered: true,
      }),
      (error: unknown): Looked => ({ status: "fail", why: notReached(error, target), answered: false }),
    );
  const { status, why, answered } = await waitUntil(look, (found) => found.status === "pass", options);
  return {
    check,
    status,
    why: answered ? why : `${why}${await inside()}`,
    ...(status === "fail" ? { fix: whyUnreachable(target, path) } : {}),
  };
}

interface Looked {
  readonly status: FindingStatus;
  readonly why: string;
  /** Whether there was a response; for a stream, one that won't be another soon. */
  readonly answered: boolean;
}

function notReached(error: unknown, { address }: Target): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === "ENOTFOUND" || code === "EAI_AGAIN"
    ? `the load balancer's name ${address} does not resolve`
    : message;
}

/** Asks one of Traefik's pods by the API server's proxy: which half is broken, the product or the way to it? */
export async function askedInside(config: KubeConfig, host: string, path: string): Promise<string> {
  const core = config.makeApiClient(CoreV1Api);
  const { namespace } = TRAEFIK;
  try {
    const { items } = await core.listNamespacedPod({
      namespace,
      labelSelector: "app.kubernetes.io/name=traefik",
    });
    const pod = items.find(isReady)?.metadata?.name;
    if (pod === undefined) return ", and no pod of Traefik is ready";
    const to = { name: `https:${pod}:${TRAEFIK.tlsPort}`, namespace };
    const headers = setHeaderOptions("Host", host);
    await (path === "/"
      ? core.connectGetNamespacedPodProxy(to, headers)
      : core.connectGetNamespacedPodProxyWithPath({ ...to, path: path.slice(1) }, headers));
    return `; ${ANSWERS_INSIDE}, so the path to it is broken: the load balancer, its targets, or DNS`;
  } catch (error) {
    return `; inside the cluster it doesn't answer either (${reasonOf(error)})`;
  }
}

/** Traefik's namespace, as infra installs it, and its pods' port for TLS. */
const TRAEFIK = { namespace: "traefik", tlsPort: 8443 };

/** Then no other image would help. */
export const ANSWERS_INSIDE = "inside the cluster the product answers";

function whyUnreachable({ host, address }: Target, path: string): string {
  return `curl --verbose --insecure --connect-to ${host}:443:${address}:443 https://${host}${path}`;
}

/**
 * The response must arrive as an event stream, part by part and not all at once at the end. Asked again while Traefik may
 * still be learning of routes, limits and pods: it answers 404 and 503 meanwhile.
 */
export async function streamFinding(target: Target, path: string, options: WaitOptions): Promise<Finding> {
  const look = () =>
    get(target, path, {
      headers: { Accept: "text/event-stream" },
      milliseconds: STREAM_MS,
      enough: (seen) => spread(seen) > APART_MS,
    }).then(streamLooked, (error: unknown): Looked => {
      return { status: "fail", why: `: ${(error as Error).message}`, answered: false };
    });
  const { status, why } = await waitUntil(look, ({ answered }) => answered, options);
  if (status === "pass") return { check: "stream", status, why };
  const { host, address } = target;
  return {
    check: "stream",
    status,
    why: `GET ${path}${why}`,
    fix: `curl --no-buffer --insecure --connect-to ${host}:443:${address}:443 https://${host}${path}`,
  };
}

function streamLooked(answer: Answer): Looked {
  const { status, parts } = answer;
  const unlike = notAStream(answer);
  if (unlike !== undefined)
    return { status: "fail", why: ` ${unlike}`, answered: status !== 404 && status < 500 };
  if (spread(parts) <= APART_MS)
    return {
      status: "fail",
      why: " sent its events all at once: something on the path buffers them",
      answered: true,
    };
  const first = Math.round(parts[0] ?? 0);
  return {
    status: "pass",
    why: `the first event came after ${first} ms, and more as they were sent`,
    answered: true,
  };
}

/** Parts that arrive closer together than this may be one response, split by the network (milliseconds). */
const APART_MS = 100;

function spread(parts: readonly number[]): number {
  return (parts.at(-1) ?? 0) - (parts[0] ?? 0);
}
