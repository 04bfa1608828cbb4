import type { Environment } from "../../environments";
import { productHosts } from "../../environments/hosts";

/** Origins that browsers may call the API from. */
export function corsOrigins(environment: Environment): string[] {
  return environment.traffic.cors.origins ?? productHosts(environment).map((host) => `https://${host}`);
}

/** The pages' Content-Security-Policy header. */
export function contentSecurityPolicy({ supabase, langsmith, tls, traffic }: Environment): string {
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
  for (const [directive, sources = []] of Object.entries(extend)) {
    // A directive not listed above starts from default-src.
    const own = (directives[directive] ?? ["'self'"]).filter((source) => source !== "'none'");
    directives[directive] = [...new Set([...own, ...sources])];
  }
  return [
    ...Object.entries(directives).map(([directive, sources]) => `${directive} ${sources.join(" ")}`),
    ...(tls.issuer === "selfsigned" ? [] : ["upgrade-insecure-requests"]),
  ].join("; ");
}
