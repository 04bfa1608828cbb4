import { readFileSync } from "node:fs";
import { Agent, type AgentOptions } from "node:https";
import { resolve } from "node:path";
import { rootCertificates } from "node:tls";
import { HttpsProxyAgent } from "hpagent";
import { isWithin } from "../../environments/cidr";
import { CommandError } from "./exit-codes";

/** The way out of a company's network, by the variables that Terraform and the AWS CLI know. */

/**
 * The proxy for a URL, by the rules of Go, which Terraform is written in; undefined for a direct connection.
 *
 * @see https://pkg.go.dev/golang.org/x/net/http/httpproxy
 */
export function proxyOf(url: string | URL, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { protocol, hostname, port } = new URL(url);
  const of = (name: string) => [env[name], env[name.toLowerCase()]].find((each) => (each ?? "") !== "");
  const proxy = of(protocol === "http:" ? "HTTP_PROXY" : "HTTPS_PROXY");
  if (proxy === undefined || isLocal(hostname)) return undefined;
  const target = { host: hostname, port: port === "" ? (protocol === "http:" ? "80" : "443") : port };
  if ((of("NO_PROXY") ?? "").split(",").some((entry) => excludes(entry.trim().toLowerCase(), target)))
    return undefined;
  const written = /^https?:\/\//.test(proxy) ? proxy : `http://${proxy}`;
  if (!URL.canParse(written) || /^(?!https?:)\w+:\/\//.test(proxy))
    throw new CommandError(
      "HTTPS_PROXY is not the address of an HTTP proxy: it must look like http://proxy.example.com:3128",
    );
  return written;
}

function isLocal(host: string): boolean {
  return host === "localhost" || host === "[::1]" || isWithin(`${host}/32`, "127.0.0.0/8");
}

/** Whether an entry of NO_PROXY means a host: itself and what is below it, an address, or a range. */
function excludes(entry: string, { host, port }: { readonly host: string; readonly port: string }): boolean {
  if (entry === "") return false;
  if (entry === "*") return true;
  if (entry.includes("/")) return isWithin(`${host}/32`, entry);
  const [, name = entry, only] = /^(.+?)(?::(\d+))?$/.exec(entry) ?? [];
  if (only !== undefined && only !== port) return false;
  const below = name.replace(/^\*?\./, ".");
  return below.startsWith(".") ? host.endsWith(below) : host === below || host.endsWith(`.${below}`);
}

/** Variables that name a file of certificate authorities. */
const BUNDLES = ["AWS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"];

/** Certificate authorities to trust, if the environment names any besides Node's own NODE_EXTRA_CA_CERTS. */
export function authorities(env: NodeJS.ProcessEnv = process.env): string[] | undefined {
  const named = (name: string) => (env[name] ?? "") !== "";
  if (!named("AWS_CA_BUNDLE") && !named("SSL_CERT_FILE")) return undefined;
  const files = BUNDLES.filter(named).map((name) => {
    const file = env[name] ?? "";
    try {
      return readFileSync(file, "utf8");
    } catch (error) {
      throw new CommandError(
        `${name} is ${file}, which can't be read (${(error as NodeJS.ErrnoException).code ?? ""}): set it to a file of PEM certificates, or unset it`,
      );
    }
  });
  return [...rootCertificates, ...files];
}

/** Connects by the proxy, except to the hosts of NO_PROXY. */
class ChosenProxyAgent extends HttpsProxyAgent {
  readonly #direct: Agent;
  readonly #env: NodeJS.ProcessEnv;

  constructor(options: AgentOptions & { readonly proxy: string }, env: NodeJS.ProcessEnv) {
    super(options);
    this.#direct = new Agent(options);
    this.#env = env;
  }

  override createConnection(...[options, callback]: Parameters<HttpsProxyAgent["createConnection"]>) {
    const { host = "", port = 443 } = options as { host?: string; port?: number };
    return proxyOf(`https://${host}:${port}`, this.#env) === undefined
      ? this.#direct.createConnection(options, callback)
      : super.createConnection(options, callback);
  }
}

/** A host of which nobody makes an exception. */
const ANYWHERE = "https://anywhere.invalid";

/** How SDK clients connect; undefined where the environment says nothing about it. */
export function httpsAgent(env: NodeJS.ProcessEnv = process.env): Agent | undefined {
  const ca = authorities(env);
  const proxy = proxyOf(ANYWHERE, env);
  if (ca === undefined && proxy === undefined) return undefined;
  const options = { keepAlive: true, maxSockets: 50, ...(ca === undefined ? {} : { ca }) };
  return proxy === undefined ? new Agent(options) : new ChosenProxyAgent({ ...options, proxy }, env);
}

/** Makes Node's fetch connect in the same way, and Terraform, which runs in other folders, find the same files. */
export async function useNetwork(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  for (const name of BUNDLES) {
    const file = env[name] ?? "";
    if (file !== "") env[name] = resolve(file);
  }
  const ca = authorities(env);
  const proxy = proxyOf(ANYWHERE, env);
  if (ca === undefined && proxy === undefined) return;
  const undici = await import("undici");
  const tls = ca === undefined ? {} : { ca };
  const direct = new undici.Agent({ connect: tls });
  const through = proxy === undefined ? direct : new undici.ProxyAgent({ uri: proxy, requestTls: tls });
  undici.setGlobalDispatcher(
    direct.compose((dispatch) => (options, handler) => {
      const byProxy = options.origin !== undefined && proxyOf(options.origin, env) !== undefined;
      return byProxy ? through.dispatch(options, handler) : dispatch(options, handler);
    }),
  );
}

/** That Node does not trust a certificate: its codes, and OpenSSL's words for errors that keep only a message. */
const UNTRUSTED =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|ERR_TLS_CERT_ALTNAME_INVALID)$|self[- ]signed certificate|unable to (get (local )?issuer|verify the first) certificate|certificate (has expired|is not yet valid)|does not match certificate's altnames/;

const NAME_AUTHORITY =
  "If a proxy inspects TLS here, name its certificate authority: export AWS_CA_BUNDLE=<file>.pem. Otherwise check this machine's clock (date -u), and whether the network asks to sign in";

/** The Kubernetes API, which every client trusts by the cluster's own authority alone: none that is named helps. */
const KUBERNETES_API = /\.eks\.amazonaws\.com\b/;
const NOT_INSPECTED =
  "If a proxy inspects TLS here, it must leave the Kubernetes API alone. Add .eks.amazonaws.com to NO_PROXY if this machine reaches it directly, or have the proxy exempt *.eks.amazonaws.com: docs/private-api.md. Otherwise check this machine's clock (date -u)";

/** What to do about it, by the output of a program written in Go, such as Terraform or a provider; "" for other errors. */
export function untrustedByGo(output: string): string {
  if (!/x509: |certificate (signed by unknown authority|is not trusted)/.test(output.replace(/\s+/g, " ")))
    return "";
  return KUBERNETES_API.test(output)
    ? NOT_INSPECTED
    : "If a proxy inspects TLS here, name its certificate authority. For AWS: export AWS_CA_BUNDLE=<file>.pem. For provider and chart registries: export SSL_CERT_FILE=<file>.pem, which must also contain the public authorities; on macOS and Windows, add it to the system's own store instead.";
}

/** What to do about a certificate that is not trusted; undefined for other errors. `said` may name the server. */
export function untrusted(codeOrMessage: string, said = ""): string | undefined {
  if (!UNTRUSTED.test(codeOrMessage)) return undefined;
  return KUBERNETES_API.test(said) ? NOT_INSPECTED : NAME_AUTHORITY;
}
