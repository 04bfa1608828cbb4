import { IngressV1 } from "@cdktf/provider-kubernetes/lib/ingress-v1";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1";
import type { IMiddleware } from "@kubernetes-models/traefik/traefik.io/v1alpha1/Middleware";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { Environment } from "../../environments";
import { hostsOf, productHosts } from "../../environments/hosts";
import { MAINTENANCE_HEADER, NAMESPACE, PART_OF } from "../../environments/names";
import { addressOf, SERVICE_KEYS, SERVICES, type ServiceKey } from "../../environments/services";
import { CLIENT_HEADER, REFUSALS, TRAEFIK, type Refusals } from "../edge";
import type { EnvironmentStack } from "../environment-stack";
import { shortHash, escapeTemplate } from "../text";
import { labels } from "../labels";
import { trustedRanges } from "../trusted-proxies";
import { CustomResource } from "./custom-resource";
import { maintenancePage } from "./maintenance-page";
import { STICKY_COOKIE } from "./service";
import { corsHeaders, pagePolicy, securityHeaders } from "./browser-headers";
import type { Workload } from "./workload";

const COMPONENT = "ingress";
/** Retry-After during maintenance (seconds). */
const MAINTENANCE_RETRY_SECONDS = 600;
/** Retry-After for a client with too many requests in flight (seconds): one of them may have finished by then. */
const IN_FLIGHT_RETRY_SECONDS = 5;
/**
 * How often a request is tried. Requests take turns at the pods, so each attempt is a new draw: with half of the pods in a
 * lost zone, 1 request in 256 draws only those, after 8 times Traefik's dial timeout of half a second.
 */
const ATTEMPTS = 8;
const MIB = 1024 * 1024;
/** How long a request's body may stall (seconds): enough for several retransmissions, too short to hold connections. */
const STALL_SECONDS = 30;
/**
 * What Traefik compresses, and only for the pages' static files: images and fonts are compressed already, and rendered pages
 * are streamed.
 */
const COMPRESSED = [
  "application/javascript",
  "application/json",
  "application/manifest+json",
  "application/wasm",
  "image/svg+xml",
  "text/css",
  "text/javascript",
  "text/plain",
];
/** Above the fallback routes, whose priority Traefik derives from the length of their rule. */
const FIRST = 10_000;
/** Below every other route. */
const LAST = 1;
/** Below every rule's length: a host that a deploy moves between the product and the redirect is the product's while it has both. */
const REDIRECT = 2;

type MiddlewareSpec = NonNullable<IMiddleware["spec"]>;
type Middleware = CustomResource<IMiddleware>;

export interface IngressProps {
  /** Secret that holds the certificate. */
  readonly tlsSecretName: string;
  readonly services: Readonly<Record<ServiceKey, Workload>>;
  readonly dependsOn: readonly ITerraformDependable[];
}

interface Backend {
  readonly name: string;
  readonly port: number;
}

interface Route {
  readonly name: string;
  /** @default - all that the product has */
  readonly hosts?: readonly string[];
  readonly paths: readonly string[];
  /** The service that answers. @default - nobody: Traefik answers 503 */
  readonly to?: Backend;
  /** In the order in which they run. @default - none */
  readonly middlewares?: readonly Middleware[];
  /** The highest of all routes that match wins. @default - Traefik's: the longer rule wins */
  readonly priority?: number;
  /** Routes that must be there first. @default - none */
  readonly after?: readonly ITerraformDependable[];
}

/**
 * The product's routes, each with its limits.
 *
 * Traefik drops a router when one of its middlewares is missing, and its path falls through to the host's next matching
 * router. So every path has a fallback route that needs no middleware and returns 503.
 */
export class Ingress extends Construct {
  /** The routes: requests to the product fail before they exist. */
  readonly routes: ITerraformDependable[] = [];
  private readonly environment: Environment;
  private readonly props: IngressProps;
  private readonly nowhere: Backend;
  /** Identifies the client behind trusted proxies, before the limits. */
  private readonly client: readonly Middleware[];

  constructor(stack: EnvironmentStack, id: string, props: IngressProps) {
    super(stack, id);
    this.environment = stack.environment;
    this.props = props;
    const { traffic } = stack.environment;
    this.nowhere = this.withoutPods();
    this.client = traffic.trustedProxies.length === 0 ? [] : [this.clientAddress()];

    const security = this.middleware("security-headers", { headers: securityHeaders(stack.environment) });
    const policy = traffic.contentSecurityPolicy.enabled ? [this.pagePolicy()] : [];
    const cors = this.middleware("cors", { headers: corsHeaders(stack.environment) });
    const api = this.limits("api", traffic.api);
    const pages = this.limits("pages", traffic.pages);
    const files = traffic.files.paths.length === 0 ? [] : this.files();
    const maintenance = this.maintenance();
    // After all limits, so that they count a request once. Without `status`, Traefik retries only requests that it could
    // not send at all, so every method is safe.
    const retry = this.middleware("retry", { retry: { attempts: ATTEMPTS } });
    // Traefik routes by a browser's sticky cookie a moment longer than its pod exists: without it, a retry finds another.
    const untie = this.refusals("untie", { stickyCookie: STICKY_COOKIE });

    // Headers first, so that rejections have them too: without CORS headers a browser hides the reason from the page.
    // Nothing in the chains of /api and the pages buffers or compresses responses, so streams pass through unchanged.
    this.route({
      name: "api",
      paths: ["/api"],
      priority: FIRST,
      to: addressOf("ai"),
      middlewares: [security, cors, ...api, retry, ...maintenance.api],
    });
    this.route({
      name: "health",
      paths: ["/health"],
      priority: FIRST,
      to: addressOf("ai"),
      middlewares: [security, ...api, retry],
    });
    this.route({
      name: "web",
      paths: ["/"],
      to: addressOf("web"),
      middlewares: [security, ...policy, ...pages, retry, untie, ...maintenance.pages],
    });
    // If one of its middlewares is missing, files fall through to the pages' route, and get its limits.
    if (files.length > 0)
      this.route({
        name: "files",
        paths: traffic.files.paths,
        to: addressOf("web"),
        middlewares: [security, ...policy, ...files, retry, untie, ...maintenance.pages],
      });
    this.route({ name: "refused", paths: ["/api", "/health"] });
    const hosts = hostsOf(stack.environment);
    this.route({
      name: "refused-pages",
      hosts: hosts.map(({ host }) => host),
      paths: ["/"],
      priority: LAST,
    });
    // Blocked even if nothing is scraped: services export their metrics on the port that is routed.
    this.route({ name: "metrics", paths: ["/metrics"] });

    const redirected = hosts.filter(({ serves }) => serves === "redirect").map(({ host }) => host);
    if (redirected.length > 0)
      this.route({
        name: "redirect",
        hosts: redirected,
        paths: ["/"],
        priority: REDIRECT,
        middlewares: [security, ...pages, this.redirect()],
        // Browsers remember a redirect: not before its target has the product.
        after: [...this.routes],
      });
  }

  private clientAddress(): Middleware {
    const trustedProxies = trustedRanges(this, this.environment);
    return this.refusals("client", { trustedProxies, clientHeader: CLIENT_HEADER });
  }

  /** Named after its target, so that the route keeps the old one until it is updated itself. */
  private redirect(): Middleware {
    const { host } = this.environment.domain;
    return this.middleware(
      "redirect",
      {
        redirectRegex: {
          regex: "^https?://[^/]+/(.*)$",
          replacement: escapeTemplate(`https://${host}/\${1}`),
          permanent: true,
        },
      },
      named("redirect", host),
    );
  }

  /** Named after its content: old pods' pages keep the old policy until the routes, which wait for the rollouts, are updated. */
  private pagePolicy(): Middleware {
    const headers = pagePolicy(this.environment);
    return this.middleware("page-policy", { headers }, named("page-policy", JSON.stringify(headers)));
  }

  /** Limits and compression of the pages' static files. */
  private files(): Middleware[] {
    const { files, pages } = this.environment.traffic;
    return [
      ...this.limits("files", { ...files, maxBodyMiB: pages.maxBodyMiB }),
      this.middleware("files-compress", { compress: { includedContentTypes: COMPRESSED } }),
    ];
  }

  /** A rate limit, and limits that Traefik's own middlewares only enforce with buffering or without Retry-After. */
  private limits(
    name: string,
    limits: Environment["traffic"]["pages"] & { readonly sessionInFlight?: number },
  ): Middleware[] {
    const proxied = this.client.length > 0;
    // Under a name of their own: a route counts by the header only once it has the middleware that sets it.
    const called = proxied ? `${name}-client` : name;
    return [
      ...this.client,
      this.middleware(
        `${name}-rate-limit`,
        {
          rateLimit: {
            average: limits.requestsPerSecond,
            period: "1s",
            burst: limits.burst,
            // In Traefik's own memory: a limit shared through Redis would return 500 to everyone while Redis is down.
            sourceCriterion: proxied ? { requestHeaderName: CLIENT_HEADER } : { ipStrategy: { depth: 0 } },
          },
        },
        `${called}-rate-limit`,
      ),
      this.refusals(
        `${name}-refusals`,
        {
          inFlight: limits.inFlight,
          ...(limits.sessionInFlight === undefined ? {} : { sessionInFlight: limits.sessionInFlight }),
          stallSeconds: STALL_SECONDS,
          maxBodyBytes: limits.maxBodyMiB * MIB,
          retryAfterSeconds: IN_FLIGHT_RETRY_SECONDS,
          ...(proxied ? { clientHeader: CLIENT_HEADER } : {}),
        },
        `${called}-refusals`,
      ),
    ];
  }

  /** Last in the chain, so that everything else that may reject a request still does. */
  private maintenance(): { readonly api: Middleware[]; readonly pages: Middleware[] } {
    const { enabled, message } = this.environment.traffic.maintenance;
    if (!enabled) return { api: [], pages: [] };
    const answer = (id: string, text: string) =>
      this.refusals(id, {
        maintenance: escapeTemplate(text),
        retryAfterSeconds: MAINTENANCE_RETRY_SECONDS,
      });
    const mark = this.middleware("maintenance-mark", {
      headers: { customResponseHeaders: { [MAINTENANCE_HEADER]: "true" } },
    });
    return {
      api: [mark, answer("api-maintenance", `${message}\n`)],
      pages: [mark, answer("pages-maintenance", maintenancePage(message))],
    };
  }

  private refusals(id: string, config: Refusals, name?: string): Middleware {
    return this.middleware(id, { plugin: { [REFUSALS.name]: config } }, name);
  }

  /** A Service without pods: Traefik returns 503 for it. */
  private withoutPods(): Backend {
    const name = `${PART_OF}-nowhere`;
    const service = new ServiceV1(this, "nowhere", {
      metadata: { name, namespace: NAMESPACE, labels: labels(name, COMPONENT) },
      spec: { type: "ClusterIP", port: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }] },
      waitForLoadBalancer: false,
      dependsOn: [...this.props.dependsOn],
    });
    return { name: service.metadata.name, port: 80 };
  }

  /**
   * One that a setting removes or renames is deleted only after no route refers to it: Traefik drops routes that do.
   *
   * @param name In the cluster, if it changes with the settings: a route keeps the old middleware until it is updated itself.
   */
  private middleware(id: string, spec: MiddlewareSpec, name?: string): Middleware {
    return new CustomResource<IMiddleware>(this, id, {
      component: COMPONENT,
      createBeforeDestroy: true,
      renamed: name !== undefined,
      // No dependsOn: Terraform would also replace the namespace's quota, limits and network policies, whose names are taken.
      manifest: {
        apiVersion: "traefik.io/v1alpha1",
        kind: "Middleware",
        metadata: { name: name ?? id, namespace: NAMESPACE },
        spec,
      },
    });
  }

  private route(route: Route): void {
    const { name, hosts = productHosts(this.environment), paths, middlewares = [], priority } = route;
    const { tlsSecretName, services, dependsOn } = this.props;
    const backend = route.to ?? this.nowhere;
    const routed = SERVICE_KEYS.filter((key) => SERVICES[key].http?.routed);
    const router = "traefik.ingress.kubernetes.io/router";
    const ingress = new IngressV1(this, `${name}-route`, {
      metadata: {
        name: `${PART_OF}-${name}`,
        namespace: NAMESPACE,
        labels: labels(`${PART_OF}-${name}`, COMPONENT),
        annotations: {
          [`${router}.entrypoints`]: "websecure",
          ...(priority === undefined ? {} : { [`${router}.priority`]: String(priority) }),
          ...(middlewares.length === 0
            ? {}
            : {
                [`${router}.middlewares`]: middlewares
                  .map(({ name: middleware }) => `${NAMESPACE}-${middleware}@kubernetescrd`)
                  .join(","),
              }),
        },
      },
      spec: {
        ingressClassName: TRAEFIK.ingressClass,
        // One certificate for all hosts: duplicates count against Let's Encrypt's rate limits.
        tls: [{ hosts: [...hosts], secretName: tlsSecretName }],
        rule: hosts.map((host) => ({
          host,
          http: {
            path: paths.map((path) => ({
              path,
              pathType: "Prefix",
              backend: { service: { name: backend.name, port: { number: backend.port } } },
            })),
          },
        })),
      },
      dependsOn: [
        ...dependsOn,
        ...middlewares.map(({ resource }) => resource),
        // Updated after the pods: until then, the old ones' pages keep the middlewares that they were built for.
        ...(route.to ? routed.map((key) => services[key].ready) : []),
        ...(route.after ?? []),
      ],
    });
    this.routes.push(ingress);
  }
}

/** A name for each content. */
function named(id: string, content: string): string {
  return `${id}-${shortHash(content)}`;
}
