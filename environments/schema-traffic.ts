import { z } from "zod";
import { CLOUDFLARE, CLOUDFRONT } from "./edge-ranges";
import { duration, edgeRange, flag, list, oneOf, optionalGroup, text, url, whole } from "./schema-fields";

const ORIGIN =
  'a web origin as browsers send it: scheme, host and any non-default port, without a path, such as "https://chat.example.com", or "*"';
/** Apps built on a web view, and browser extensions, have a scheme of their own (capacitor://localhost), but no domain. */
const origin = () =>
  url(
    /^(?!(?!https?:)[a-z0-9+.-]*:\/\/[^/]*\.)[a-z][a-z0-9+.-]*:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/,
    ORIGIN,
  );

/** Limits per client address, counted by each Traefik pod separately. */
const limits = (defaults: { requestsPerSecond: number; burst: number; inFlight: number }) => ({
  requestsPerSecond: whole(1, 10_000, "requests per second")
    .default(defaults.requestsPerSecond)
    .describe("Steady rate per client address and Traefik pod"),
  burst: whole(1, 100_000, "requests")
    .default(defaults.burst)
    .describe(
      "Requests allowed in a burst above that rate, and again after each pause of 2 s: docs/traffic.md",
    ),
  inFlight: whole(1, 10_000, "requests")
    .default(defaults.inFlight)
    .describe("Concurrent requests, open streams included, per client address and Traefik pod"),
});
const maxBody = () => ({
  maxBodyMiB: whole(1, 1024, "MiB")
    .default(10)
    .describe(
      "Largest request body; larger ones are refused without being buffered (MiB). Unless traffic.bodyTime is set, the time that such a body takes is also how long a client may hold a connection without sending anything",
    ),
});

const headers = () =>
  list(
    text(/^(\*|[A-Za-z0-9]+(-[A-Za-z0-9]+)*)$/, 'a header\'s name, such as "X-API-Key", or "*"'),
    0,
    50,
    "headers",
  );

/** A path of an Ingress, in which Kubernetes refuses "." and ".." as parts. */
const FILES_PATH = /^(\/(?!\.{1,2}(\/|$))[\w.~-]+)+$/;

/** Directives of a content security policy that take sources. */
const CSP_DIRECTIVES = [
  "connect-src",
  "font-src",
  "form-action",
  "frame-ancestors",
  "frame-src",
  "img-src",
  "media-src",
  "script-src",
  "style-src",
  "worker-src",
] as const;
const cspSource = () =>
  text(
    /^((https|wss):\/\/(\*\.)?[a-z0-9][a-z0-9.-]*(:\d{1,5})?(\/[\w./-]*)?|'[\w=+/-]+'|data:|blob:)$/,
    'a source of a content security policy, such as "https://cdn.example.com" or "\'unsafe-eval\'"',
  );

/** Who may use a feature. */
const WHO = String.raw`(\*|self|"https:\/\/[\w.*-]+(:\d{1,5})?")`;
const FEATURE = String.raw`[a-z][a-z-]*=(${WHO}|\( *(${WHO}( +${WHO})* *)?\))`;
/**
 * A list of features, or nothing. Browsers ignore the whole header if they can't parse it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8941#name-dictionaries
 */
const PERMISSIONS_POLICY = new RegExp(`^(${FEATURE}(, ?${FEATURE})*)?$`);

export const traffic = optionalGroup({
  api: optionalGroup({
    ...limits({ requestsPerSecond: 50, burst: 300, inFlight: 200 }),
    sessionInFlight: whole(1, 10_000, "requests")
      .default(20)
      .describe(
        "Concurrent requests, open streams included, per session (Authorization header, else Supabase's cookie) of one client address and Traefik pod",
      ),
    ...maxBody(),
  }).describe("Limits of /api and /health"),
  pages: optionalGroup({
    ...limits({ requestsPerSecond: 50, burst: 1000, inFlight: 500 }),
    ...maxBody(),
  }).describe("Limits of the pages"),
  files: optionalGroup({
    paths: list(text(FILES_PATH, 'a path such as "/assets"'), 0, 10, "paths")
      .default(["/assets"])
      .describe("Paths of static files, which need no rendering: they have these limits, and are compressed"),
    ...limits({ requestsPerSecond: 500, burst: 4000, inFlight: 1000 }),
  }).describe("Limits of static files, many of which are loaded at once"),
  trustedProxies: list(
    z.union([z.enum([CLOUDFRONT, CLOUDFLARE]), edgeRange(`"${CLOUDFRONT}", "${CLOUDFLARE}"`)], {
      error: `"${CLOUDFRONT}", "${CLOUDFLARE}", or an IPv4 range of /8 or narrower, such as "203.0.113.0/24"`,
    }),
    0,
    50,
    "proxies",
  )
    .default([])
    .describe(
      `Trusted proxies in front of the load balancer, such as a CDN, whose \`X-Forwarded-For\` names the client; everyone else's is ignored: IPv4 ranges, \`"${CLOUDFRONT}"\` or \`"${CLOUDFLARE}"\``,
    ),
  maxHeaderKiB: whole(4, 1024, "KiB")
    .default(64)
    .describe("Largest request headers (KiB); pods are configured to accept as much"),
  bodyTime: duration("60s", "60m")
    .optional()
    .describe(
      "Maximum time to receive a request, live uploads included; also how long a silent connection stays open. Default: what the largest body takes at 384 kbit/s",
    ),
  cors: optionalGroup({
    origins: list(z.union([z.literal("*"), origin()], { error: ORIGIN }), 0, 50, "origins")
      .optional()
      .describe(
        "Origins that browsers, and apps such as `capacitor://localhost`, may call /api from. Default: the product's own",
      ),
    credentials: flag()
      .default(true)
      .describe("Whether browsers may send cookies and credentials with these requests"),
    allowedHeaders: headers()
      .default([])
      .describe("Additional headers that these requests may have, such as `traceparent`: docs/traffic.md"),
    exposedHeaders: headers()
      .default([])
      .describe("Additional headers that scripts may read in the responses"),
  }).describe("Cross-origin requests to /api"),
  permissionsPolicy: text(
    PERMISSIONS_POLICY,
    'a Permissions-Policy such as "camera=(), microphone=(self)", or "" for none',
  )
    .default("camera=(), geolocation=(), microphone=()")
    .describe(
      "Permissions-Policy header: what pages may ask the browser for, such as microphone=(self) for speech; if empty, the header that a page itself sends",
    ),
  referrerPolicy: oneOf([
    "",
    "no-referrer",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
    "origin",
    "origin-when-cross-origin",
  ])
    .default("strict-origin-when-cross-origin")
    .describe(
      "Referrer-Policy header: how much of a page's address the browser tells other sites; if empty, the header that a page itself sends",
    ),
  contentSecurityPolicy: optionalGroup({
    enabled: flag()
      .default(true)
      .describe(
        "Sends the policy. Set it to false if the pages send their own, such as one with nonces; that must then say who may frame them",
      ),
    inlineScripts: flag()
      .default(true)
      .describe("Allows inline scripts, which TanStack Start renders into its pages"),
    extend: z
      .partialRecord(z.enum(CSP_DIRECTIVES), list(cspSource(), 1, 50, "sources"), {
        error: `an object of directives (${CSP_DIRECTIVES.join(", ")}) and lists of sources`,
      })
      .default({})
      .describe("Additional sources by directive, such as those of a font or analytics provider"),
    reportOnly: flag().default(false).describe("Browsers report violations of the policy, but block nothing"),
  }).describe("What the pages may load and connect to; includes Supabase and LangSmith"),
  maintenance: optionalGroup({
    enabled: flag()
      .default(false)
      .describe("Answers 503 to everything except /health, in Traefik, without any pod of the product"),
    message: z
      .string({ error: "text" })
      .min(1, { error: "text" })
      .max(500, { error: "text of at most 500 characters" })
      .default("We are making wbot better and will be back soon.")
      .describe("Text of the maintenance page"),
  }).describe("A page to show while the product must not be used"),
});

export const streaming = optionalGroup({
  maxDuration: duration("60s", "60m").default("60m").describe("How long an idle stream is kept open"),
  drain: duration("30s", "9m")
    .default("5m")
    .describe(
      "How long streams may take to finish when their pod or node is removed; a managed node update waits 15 minutes in total",
    ),
  heartbeat: duration("1s", "60s")
    .default("15s")
    .describe("How often the backend sends a keep-alive comment on an idle stream"),
  checkPath: text(
    /^\/api\/[\w./~?=&%-]{0,195}$/,
    'a path below "/api/" of at most 200 characters, such as "/api/stream/check"',
  )
    .optional()
    .describe(
      "Path that answers a GET with a short event stream, checked after each deploy and, with alarms.emails, every minute: it must be free to call. Default: not checked",
    ),
});
