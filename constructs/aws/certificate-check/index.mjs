import { connect } from "node:tls";

/**
 * Lambda function: checks the certificate served for each host, and writes how much of its lifetime is left to CloudWatch.
 * No dependencies other than the runtime's SDK.
 */

const HTTPS_PORT = 443;

/** Silence after which a handshake counts as failed: all hosts are tried at once, within the function's 30 s. */
const PATIENCE_MS = 10_000;

/**
 * @typedef {object} Check The schedule's input.
 * @property {string} loadBalancerHost Name to connect to: the hosts' DNS need not point there.
 * @property {number} [port]
 * @property {readonly string[]} hosts
 * @property {string} namespace The metric's.
 * @property {string} metricName
 */

/**
 * @typedef {object} Finding
 * @property {string} host
 * @property {number} lifeLeft Percent; 0 if the host has no certificate of its own.
 * @property {string} why
 */

/**
 * Runs on the schedule. A metric that can't be written is an error: the alarms notify of its absence.
 *
 * @param {Check} check
 * @returns {Promise<Finding[]>}
 */
export async function handler({ loadBalancerHost, port = HTTPS_PORT, hosts, namespace, metricName }) {
  const findings = await Promise.all(
    hosts.map((host) => look({ host, address: loadBalancerHost, port }, Date.now())),
  );
  for (const { host, lifeLeft, why } of findings)
    console.log(`${host}: ${lifeLeft.toFixed(1)} % of life left (${why})`);
  // Imported here, since only Lambda's runtime has it.
  // @ts-ignore
  const { CloudWatchClient, PutMetricDataCommand } = await import("@aws-sdk/client-cloudwatch");
  await new CloudWatchClient({}).send(
    new PutMetricDataCommand({
      Namespace: namespace,
      MetricData: findings.map(({ host, lifeLeft }) => ({
        MetricName: metricName,
        Dimensions: [{ Name: "Host", Value: host }],
        Unit: "Percent",
        Value: lifeLeft,
      })),
    }),
  );
  return findings;
}

/**
 * Checks the certificate served for one host, at `now` (ms since 1970).
 *
 * @param {{ host: string, address: string, port: number, patienceMs?: number }} target
 * @param {number} now
 * @returns {Promise<Finding>}
 */
export async function look(target, now) {
  const { host } = target;
  try {
    const certificate = await servedCertificate(target);
    return names(certificate, host)
      ? { host, lifeLeft: lifeLeft(certificate, now), why: `valid until ${certificate.validTo}` }
      : { host, lifeLeft: 0, why: `its certificate is for ${certificate.subjectAltName ?? "no host"}` };
  } catch (error) {
    const { message, code = "" } = /** @type {NodeJS.ErrnoException} */ (error);
    // Where a name has several addresses, and none answers, there is no message.
    return { host, lifeLeft: 0, why: `no handshake: ${message || code}` };
  }
}

/**
 * Percentage of a certificate's lifetime that is left at `now` (ms since 1970); 0 also before it starts. Days would depend
 * on the lifetime, which authorities keep shortening.
 *
 * @param {{ validFrom: string, validTo: string }} certificate
 * @param {number} now
 */
export function lifeLeft({ validFrom, validTo }, now) {
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  return from <= now && now < to ? ((to - now) / (to - from)) * 100 : 0;
}

/**
 * Whether a browser would accept the certificate for the host: only its subject alternative names count.
 *
 * @param {import("node:crypto").X509Certificate} certificate
 * @param {string} host
 */
export function names(certificate, host) {
  return certificate.checkHost(host, { subject: "never" }) !== undefined;
}

/**
 * @param {{ host: string, address: string, port: number, patienceMs?: number }} target
 * @returns {Promise<import("node:crypto").X509Certificate>}
 */
function servedCertificate({ host, address, port, patienceMs = PATIENCE_MS }) {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: address,
      port,
      servername: host,
      timeout: patienceMs,
      // A certificate that is expired or from a test CA must be measured, not refused; nothing is sent.
      rejectUnauthorized: false,
    });
    socket.on("secureConnect", () => {
      const certificate = socket.getPeerX509Certificate();
      if (certificate) resolve(certificate);
      else reject(new Error("there was no certificate"));
      socket.destroy();
    });
    socket.on("timeout", () => socket.destroy(new Error(`nothing came for ${patienceMs / 1000} s`)));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the connection was closed")));
  });
}
