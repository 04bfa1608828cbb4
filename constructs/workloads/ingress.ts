import { IngressV1 } from "@cdktf/provider-kubernetes/lib/ingress-v1";
import type { IMiddleware } from "@kubernetes-models/traefik/traefik.io/v1alpha1/Middleware";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { PART_OF } from "../../environments/names";
import type { EnvironmentStack } from "../environment-stack";
import { TRAEFIK } from "../platform/traefik";
import { CustomResource } from "./custom-resource";
import { labels } from "./labels";
import { corsOrigins } from "./traffic";
import type { Workload } from "./workload";

const COMPONENT = "ingress";
/** How long browsers remember to use HTTPS, and an answered preflight (seconds). */
const HSTS_SECONDS = 31_536_000;
const PREFLIGHT_SECONDS = 3600;

type MiddlewareSpec = NonNullable<IMiddleware["spec"]>;

export interface IngressProps {
  readonly namespace: string;
  readonly host: string;
  /** Secret that holds the certificate. */
  readonly tlsSecretName: string;
  readonly ai: Workload;
  readonly web: Workload;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** The product's routes, each with its limits. */
export class Ingress extends Construct {
  private readonly props: IngressProps;

  constructor(stack: EnvironmentStack, id: string, props: IngressProps) {
    super(stack, id);
    this.props = props;
    const { traffic } = stack.environment;
    const perClient = { ipStrategy: { depth: 0 } };
    const rateLimit = this.middleware("rate-limit", {
      rateLimit: {
        average: traffic.requestsPerSecond,
        period: "1s",
        burst: traffic.burst,
        // In Traefik's own memory: with a Redis that is down, its shared limit would answer 500 to everyone.
        sourceCriterion: perClient,
      },
    });
    const inFlight = this.middleware("in-flight", {
      // Without a criterion it would count all clients of the host as one.
      inFlightReq: { amount: traffic.inFlight, sourceCriterion: perClient },
    });
    const headers = this.middleware("security-headers", {
      headers: {
        ...(traffic.hsts
          ? { stsSeconds: HSTS_SECONDS, stsIncludeSubdomains: true, forceSTSHeader: true }
          : {}),
        contentTypeNosniff: true,
        frameDeny: true,
        referrerPolicy: "strict-origin-when-cross-origin",
        permissionsPolicy: "camera=(), geolocation=(), microphone=()",
        customResponseHeaders: { Server: "", "X-Powered-By": "" },
      },
    });
    const cors = this.middleware("cors", {
      headers: {
        accessControlAllowOriginList: corsOrigins(stack.environment),
        accessControlAllowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
        accessControlAllowHeaders: ["Authorization", "Content-Type", "X-Request-ID"],
        accessControlAllowCredentials: true,
        accessControlMaxAge: PREFLIGHT_SECONDS,
        addVaryHeader: true,
      },
    });

    // Nothing in these chains buffers or compresses an answer, so streams go through as they come.
    const limits = [rateLimit, inFlight, headers];
    this.route("api", "/api", props.ai, [...limits, cors]);
    this.route("health", "/health", props.ai, limits);
    this.route("web", "/", props.web, limits);
  }

  private middleware(name: string, spec: MiddlewareSpec): CustomResource<IMiddleware> {
    return new CustomResource<IMiddleware>(this, name, {
      component: COMPONENT,
      dependsOn: this.props.dependsOn,
      manifest: {
        apiVersion: "traefik.io/v1alpha1",
        kind: "Middleware",
        metadata: { name, namespace: this.props.namespace },
        spec,
      },
    });
  }

  private route(
    name: string,
    path: string,
    to: Workload,
    middlewares: readonly CustomResource<IMiddleware>[],
  ): void {
    const { namespace, host, tlsSecretName, ai, web } = this.props;
    new IngressV1(this, `${name}-route`, {
      metadata: {
        name: `${PART_OF}-${name}`,
        namespace,
        labels: labels(`${PART_OF}-${name}`, COMPONENT),
        annotations: {
          "traefik.ingress.kubernetes.io/router.entrypoints": "websecure",
          "traefik.ingress.kubernetes.io/router.middlewares": middlewares
            .map((middleware) => `${namespace}-${middleware.node.id}@kubernetescrd`)
            .join(","),
        },
      },
      spec: {
        ingressClassName: TRAEFIK.ingressClass,
        tls: [{ hosts: [host], secretName: tlsSecretName }],
        rule: [
          {
            host,
            http: {
              path: [
                {
                  path,
                  pathType: "Prefix",
                  backend: { service: { name: to.name, port: { number: to.servicePort } } },
                },
              ],
            },
          },
        ],
      },
      // A router whose middleware is not there is dropped, and its path falls to another's: the limits come first.
      dependsOn: [...middlewares.map((middleware) => middleware.resource), ai.ready, web.ready],
    });
  }
}
