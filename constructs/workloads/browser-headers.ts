import type { IMiddleware } from "@kubernetes-models/traefik/traefik.io/v1alpha1/Middleware";
import type { Environment } from "../../environments";
import { productHosts } from "../../environments/hosts";

/** How long browsers remember to use HTTPS, and cache a CORS preflight (seconds). */
const HSTS_SECONDS = 31_536_000;
const PREFLIGHT_SECONDS = 3600;

type Headers = NonNullable<NonNullable<IMiddleware["spec"]>["headers"]>;

/** Origins that browsers may call the API from. */
export function corsOrigins(environment: Environment): string[] {
  return environment.traffic.cors.origins ?? productHosts(environment).map((host) => `https://${host}`);
}

/** The pages' Content-Security-Policy header. */
function contentSecurityPolicy({ supabase, langsmith, tls, traffic }: Environment): string {
  const { inlineScripts, extend } = traffic.contentSecurityPolicy;
  const supabaseHost = supabase.url.replace(/^https:/, "");
  const directives: Record<string, readonly string[]> = {
    "default-src": ["'self'"],
    "base-uri": ["'self'"],
    "object-src": ["'none'"],
    "frame-ancestors": ["'none'"],
    // A sign-in form is redirected to Supabase, and browsers check every hop. The provider behind it, such as Google, is
    // added with `extend`.
    "form-action": ["'self'", supabase.url],
    "script-src": ["'self'", ...(inlineScripts ? ["'unsafe-inline'"] : [])],
    // React writes style attributes, which no hash or nonce covers.
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", "blob:", supabase.url],
    "font-src": ["'self'", "data:"],
    // Supabase uses HTTPS, and WebSocket for realtime changes. LangSmith's origin only: a path would allow only that path.
    "connect-src": [
      "'self'",
      supabase.url,
      `wss:${supabaseHost}`,
      ...(langsmith.enabled ? [new URL(langsmith.endpoint).origin] : []),
    ],
  };
  for (const [directive, sources = []] of Object.entries(extend).sort()) {
    // A directive not listed above starts from default-src.
    const own = (directives[directive] ?? ["'self'"]).filter((source) => source !== "'none'");
    directives[directive] = [...new Set([...own, ...sources])];
  }
  return [
    ...Object.entries(directives).map(([directive, sources]) => `${directive} ${sources.join(" ")}`),
    ...(tls.issuer === "selfsigned" ? [] : ["upgrade-insecure-requests"]),
  ].join("; ");
}

/** Whether the pages' policy lets other sites frame them. */
export function framedElsewhere({ traffic }: Environment): boolean {
  const { enabled, reportOnly, extend } = traffic.contentSecurityPolicy;
  return enabled && !reportOnly && (extend["frame-ancestors"] ?? []).some((site) => !site.startsWith("'"));
}

/** Headers of every response. */
export function securityHeaders({ tls, traffic }: Environment): Headers {
  const { enabled, reportOnly, extend } = traffic.contentSecurityPolicy;
  return {
    // This host only: its subdomains are not this project's to decide. Browsers would reject a self-signed one for a year.
    ...(tls.issuer !== "selfsigned" ? { stsSeconds: HSTS_SECONDS, forceSTSHeader: true } : {}),
    contentTypeNosniff: true,
    // Traefik would replace what a page itself sends. A policy that only reports forbids nothing.
    ...(enabled && (reportOnly || extend["frame-ancestors"] === undefined) ? { frameDeny: true } : {}),
    ...(traffic.referrerPolicy === "" ? {} : { referrerPolicy: traffic.referrerPolicy }),
    ...(traffic.permissionsPolicy === "" ? {} : { permissionsPolicy: traffic.permissionsPolicy }),
    customResponseHeaders: { Server: "", "X-Powered-By": "" },
  };
}

/** Headers of the pages, in addition. */
export function pagePolicy(environment: Environment): Headers {
  const policy = contentSecurityPolicy(environment);
  return environment.traffic.contentSecurityPolicy.reportOnly
    ? { contentSecurityPolicyReportOnly: policy }
    : { contentSecurityPolicy: policy };
}

/** Headers of the API, in addition. */
export function corsHeaders(environment: Environment): Headers {
  const { credentials, allowedHeaders, exposedHeaders } = environment.traffic.cors;
  return {
    accessControlAllowOriginList: corsOrigins(environment),
    accessControlAllowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    // With those by which a client resumes a stream and retries: docs/traffic.md.
    accessControlAllowHeaders: [
      "Authorization",
      "Content-Type",
      "Idempotency-Key",
      "Last-Event-ID",
      "X-Request-ID",
      ...allowedHeaders,
    ],
    // Lets a page read when it may retry.
    accessControlExposeHeaders: ["Retry-After", ...exposedHeaders],
    accessControlAllowCredentials: credentials,
    accessControlMaxAge: PREFLIGHT_SECONDS,
    addVaryHeader: true,
  };
}
