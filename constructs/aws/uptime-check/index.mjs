import { request } from "node:https";

/**
 * Lambda function: sends the requests that users send, and writes the number that failed to CloudWatch. No dependencies other
 * than the runtime's SDK.
 */

const HTTPS_PORT = 443;
/** Timeout for a page or a stream's first event: all requests are sent at once, within the function's 30 s. */
const PATIENCE_MS = 10_000;
/** How long a working stream may last before the check disconnects. */
const STREAM_MS = 10_000;
/** What percentage of its lifetime a certificate must have left: cert-manager renews it at one third. */
const LIFE_LEFT = 25;

/**
 * @typedef {object} Asked A host of the schedule's input, which EventBridge limits to 8192 characters.
 * @property {string} host
 * @property {boolean} [byName] Whether to connect to its own name. Default: to the load balancer's
 * @property {boolean} [redirects] Whether it must redirect every request. Default: no, it serves the product
 * @property {number} [port] For tests.
 */

/**
 * @typedef {object} Target A host, and where to connect for it.
 * @property {string} host
 * @property {string} address Name to connect to: the host's own, or the load balancer's.
 * @property {number} [port]
 * @property {string} [redirectsTo] Host that it must redirect every request to. Default: none, it serves the product
 */

/**
 * @typedef {object} Check The schedule's input.
 * @property {readonly Asked[]} targets
 * @property {string} loadBalancerHost
 * @property {string} redirectsTo Host that the others redirect to.
 * @property {boolean} trusted Whether browsers accept the certificates, so that the check must verify them.
 * @property {boolean} [certificates] Whether it sees cert-manager's certificates, so that it must watch their renewal.
 * @property {string} [streamPath] Path that responds with a short event stream. Default: streams aren't checked
 * @property {string} maintenanceHeader Header of responses that refuse on purpose.
 * @property {string} namespace The metric's.
 * @property {string} metricName
 */

/**
 * @typedef {object} Options
 * @property {boolean} trusted
 * @property {boolean} [certificates]
 * @property {string} maintenanceHeader
 * @property {number} [patienceMs]
 * @property {number} [streamMs]
 */

/**
 * @typedef {object} Finding
 * @property {string} url
 * @property {"product" | "streams" | "certificate"} part
 * @property {boolean} works
 * @property {boolean} maintenance Refused on purpose.
 * @property {string} why
 */

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {import("node:http").IncomingHttpHeaders} headers
 * @property {import("node:crypto").X509Certificate} [certificate]
 * @property {string} [event] A stream's first data line.
 */

/**
 * Runs on the schedule. Fails if the metric can't be written: missing data is reported, too.
 *
 * @param {Check} check
 * @param {unknown} [_context]
 * @param {{ patienceMs?: number, streamMs?: number }} [limits] For tests.
 * @returns {Promise<Record<string, number>>}
 */
export async function handler(
  { targets, loadBalancerHost, redirectsTo, streamPath, namespace, metricName, ...options },
  _context,
  limits = {},
) {
  const start = new Date();
  const hosts = await Promise.all(
    targets.map(({ byName, redirects, ...target }) =>
      look(
        {
          ...target,
          address: byName ? target.host : loadBalancerHost,
          ...(redirects ? { redirectsTo } : {}),
        },
        streamPath,
        { ...options, ...limits },
      ),
    ),
  );
  for (const { url, works, why } of hosts.flat()) console.log(`${works ? "ok" : "FAILED"} ${url}: ${why}`);
  const counts = failures(hosts, [
    "product",
    ...(streamPath === undefined ? [] : [/** @type {const} */ ("streams")]),
    ...(options.certificates ? [/** @type {const} */ ("certificate")] : []),
  ]);
  // Imported here, since only Lambda's runtime has it.
  // @ts-ignore
  const { CloudWatchClient, PutMetricDataCommand } = await import("@aws-sdk/client-cloudwatch");
  await new CloudWatchClient({}).send(
    new PutMetricDataCommand({
      Namespace: namespace,
      MetricData: Object.entries(counts).map(([part, count]) => ({
        MetricName: metricName,
        Dimensions: [{ Name: "Part", Value: part }],
        // When the check started: a slow one belongs to that minute.
        Timestamp: start,
        Unit: "Count",
        Value: count,
      })),
    }),
  );
  return counts;
}

/**
 * Number of failures of each part. During maintenance, only a certificate counts as failed. If a host's pages fail, its
 * streams don't count: it is one outage, not two. Certificates have no number if none failed but one wasn't seen: a host that
 * doesn't answer must not end the alarm of its certificate.
 *
 * @param {readonly (readonly Finding[])[]} hosts
 * @param {readonly Finding["part"][]} parts Those that are checked.
 * @returns {Record<string, number>}
 */
export function failures(hosts, parts) {
  const serious = hosts.flatMap((findings) => {
    const failed = findings.filter(({ works }) => !works);
    if (findings.some(({ maintenance }) => maintenance))
      return failed.filter(({ part }) => part === "certificate");
    const down = failed.some(({ part }) => part === "product");
    return down ? failed.filter(({ part }) => part !== "streams") : failed;
  });
  const counts = parts.map((part) => /** @type {const} */ ([part, count(serious, part)]));
  const sawAll = hosts.every((findings) => count(findings, "certificate") > 0);
  return Object.fromEntries(
    counts.filter(([part, failed]) => part !== "certificate" || failed > 0 || sawAll),
  );
}

/**
 * @param {readonly Finding[]} findings
 * @param {Finding["part"]} part
 */
function count(findings, part) {
  return findings.filter((each) => each.part === part).length;
}

/**
 * Checks one host.
 *
 * @param {Target} target
 * @param {string | undefined} streamPath
 * @param {Options} options
 * @returns {Promise<Finding[]>}
 */
export async function look(target, streamPath, options) {
  if (target.redirectsTo !== undefined) {
    const wanted = `https://${target.redirectsTo}/`;
    return find(target, "/", "product", options, ({ status, headers: { location = "" } }) => ({
      works: status >= 301 && status <= 308 && location.startsWith(wanted),
      why: `${status} to "${location}"`,
    }));
  }
  const page = (/** @type {string} */ path) =>
    find(target, path, "product", options, ({ status, headers: { location } }) => ({
      works: isServed(status, location, target.host),
      why: location === undefined ? String(status) : `${status} to "${location}"`,
    }));
  const stream = (/** @type {string} */ path) =>
    find(target, path, "streams", options, ({ status, headers, event }) => ({
      works: status === 200 && event !== undefined,
      why:
        event === undefined
          ? `${status} of type "${headers["content-type"] ?? ""}" without an event`
          : `${status}, and an event`,
    }));
  const found = [page("/health"), page("/"), ...(streamPath === undefined ? [] : [stream(streamPath)])];
  return (await Promise.all(found)).flat();
}

/**
 * Whether a page was served: a success, or a redirect within the host, such as to a login. A deploy's verification judges in
 * the same way.
 *
 * @param {number} status
 * @param {string | undefined} location
 * @param {string} host
 */
function isServed(status, location, host) {
  if (status < 300) return true;
  const here = `https://${host}`;
  if (status >= 400 || location === undefined || !URL.canParse(location, here)) return false;
  return new URL(location, here).hostname === host;
}

/**
 * What was found at one path, and at "/", which every host has, of the certificate. One that has expired fails the request;
 * without an answer for another reason, nothing is known of it.
 *
 * @param {Target} target
 * @param {string} path
 * @param {Finding["part"]} part
 * @param {Options} options
 * @param {(answer: Answer) => { works: boolean, why: string }} judge
 * @returns {Promise<Finding[]>}
 */
async function find(target, path, part, options, judge) {
  const url = `https://${target.host}${path}`;
  const seesCertificate = options.certificates && path === "/";
  try {
    const answer = await ask(target, path, part === "streams", options);
    const maintenance = options.maintenanceHeader.toLowerCase() in answer.headers;
    const { works, why } = judge(answer);
    return [
      {
        url,
        part,
        works: works || maintenance,
        maintenance,
        why: maintenance ? `${why}, in maintenance` : why,
      },
      ...(seesCertificate && answer.certificate ? [renewal(url, answer.certificate)] : []),
    ];
  } catch (error) {
    const { message, code = "" } = /** @type {NodeJS.ErrnoException} */ (error);
    // Where a name has several addresses, and none answers, there is no message.
    const failed = { url, works: false, maintenance: false, why: message || code };
    const hasExpired = seesCertificate && code === "CERT_HAS_EXPIRED";
    return [
      { ...failed, part },
      ...(hasExpired ? [{ ...failed, part: /** @type {const} */ ("certificate") }] : []),
    ];
  }
}

/**
 * Whether a certificate was renewed in time. By percentage: days would depend on the lifetime, which authorities keep
 * shortening.
 *
 * @param {string} url
 * @param {import("node:crypto").X509Certificate} certificate
 * @returns {Finding}
 */
function renewal(url, { validFrom, validTo }) {
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  const left = ((to - Date.now()) / (to - from)) * 100;
  const why = `${left.toFixed(1)} % of its certificate's lifetime left, valid until ${validTo}`;
  return { url, part: "certificate", works: left >= LIFE_LEFT, maintenance: false, why };
}

/**
 * One GET. A page is read to the end. For a stream, the first event counts, but the rest is read too: in the ingress's
 * metrics, a client that disconnects looks like a stream that was cut off.
 *
 * @param {Target} target
 * @param {string} path
 * @param {boolean} stream
 * @param {Options} options
 * @returns {Promise<Answer>}
 */
function ask({ host, address, port = HTTPS_PORT }, path, stream, options) {
  const { trusted, patienceMs = PATIENCE_MS, streamMs = STREAM_MS } = options;
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        ...{ host: address, port, servername: host, path, agent: false, rejectUnauthorized: trusted },
        headers: {
          Host: host,
          "User-Agent": "wbot-uptime-check",
          ...(stream ? { Accept: "text/event-stream" } : {}),
        },
      },
      (response) => {
        const { statusCode: status = 0, headers } = response;
        const { socket } = /** @type {{ socket: import("node:tls").TLSSocket }} */ (
          /** @type {unknown} */ (response)
        );
        const certificate = socket.getPeerX509Certificate();
        let text = "";
        /** @type {string | undefined} */
        let event;
        const end = () => {
          clearTimeout(late);
          resolve({
            status,
            headers,
            ...(certificate ? { certificate } : {}),
            ...(event === undefined ? {} : { event }),
          });
        };
        response.setEncoding("utf8");
        response.on("data", (/** @type {string} */ part) => {
          if (!stream || event !== undefined) return;
          text += part;
          event = /^data:.*(?=\r?\n)/m.exec(text)?.[0];
          if (event === undefined) return;
          clearTimeout(late);
          late = setTimeout(() => {
            end();
            asked.destroy();
          }, streamMs);
        });
        response.on("end", end);
        response.on("error", (error) => {
          clearTimeout(late);
          // Cut off after its first event, which the ingress's metrics count for all streams.
          if (event === undefined) reject(error);
          else end();
        });
      },
    );
    let late = setTimeout(() => {
      asked.destroy(new Error(`no ${stream ? "event" : "answer"} within ${patienceMs / 1000} s`));
    }, patienceMs);
    asked.on("error", (error) => {
      clearTimeout(late);
      reject(error);
    });
    asked.end();
  });
}
