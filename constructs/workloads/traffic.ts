import type { Environment } from "../../environments";
import { productHosts } from "../../environments/hosts";

/** Origins that browsers may call the API from. */
export function corsOrigins(environment: Environment): string[] {
  return environment.traffic.cors.origins ?? productHosts(environment).map((host) => `https://${host}`);
}

/** The content security policy of the pages, as its header's value. */
export function contentSecurityPolicy({ supabase, langsmith, tls, traffic }: Environment): string {
  const { inlineScripts, extend } = traffic.contentSecurityPolicy;
  const supabaseHost = supabase.url.replace(/^https:/, "");
  const directives: Record<string, readonly string[]> = {
    "default-src": ["'self'"],
    "base-uri": ["'self'"],
    "object-src": ["'none'"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'self'"],
    "script-src": ["'self'", ...(inlineScripts ? ["'unsafe-inline'"] : [])],
    // React writes style attributes, which no hash or nonce covers.
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", "blob:", supabase.url],
    "font-src": ["'self'", "data:"],
    // Supabase answers by HTTPS, and by WebSocket what changes in real time.
    "connect-src": [
      "'self'",
      supabase.url,
      `wss:${supabaseHost}`,
      ...(langsmith.enabled ? [langsmith.endpoint] : []),
    ],
  };
  for (const [directive, sources = []] of Object.entries(extend)) {
    // What the project says nothing of begins from what it says of everything.
    const own = (directives[directive] ?? ["'self'"]).filter((source) => source !== "'none'");
    directives[directive] = [...new Set([...own, ...sources])];
  }
  return [
    ...Object.entries(directives).map(([directive, sources]) => `${directive} ${sources.join(" ")}`),
    ...(tls.issuer === "selfsigned" ? [] : ["upgrade-insecure-requests"]),
  ].join("; ");
}
