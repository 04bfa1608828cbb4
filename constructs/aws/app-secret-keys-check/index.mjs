/**
 * Lambda function: looks for the keys that the app secret must have, and writes the number of those without a value to
 * CloudWatch. No value gets into a log or a message, and neither does an error's own text, which may quote one. It has
 * no dependencies but the SDK that the runtime brings.
 */

/**
 * @typedef {object} Check What the schedule sends.
 * @property {string} secret Name of the secret.
 * @property {readonly string[]} keys Those that must have a value.
 * @property {string} namespace Of the metric.
 * @property {string} metricName
 */

/**
 * @typedef {object} Finding
 * @property {string[]} missing Keys without a value, by name.
 * @property {string} why
 */

/**
 * Runs on the schedule. A metric that can't be written is an error: its absence sets the alarm off.
 *
 * @param {Check} check
 * @returns {Promise<Finding>}
 */
export async function handler({ secret, keys, namespace, metricName }) {
  const finding = await look(secret, keys);
  const { missing, why } = finding;
  console.log(
    missing.length === 0
      ? `${secret} has all ${keys.length} keys`
      : `${secret} lacks ${missing.length} of ${keys.length} keys (${why}): ${missing.join(", ")}`,
  );
  // Loaded here, since it is nowhere but in the runtime.
  // @ts-ignore
  const { CloudWatchClient, PutMetricDataCommand } = await import("@aws-sdk/client-cloudwatch");
  await new CloudWatchClient({}).send(
    new PutMetricDataCommand({
      Namespace: namespace,
      MetricData: [{ MetricName: metricName, Unit: "Count", Value: missing.length }],
    }),
  );
  return finding;
}

/**
 * Which keys have no value now. All of them where the secret can't be read. AWS may deny access to one that is not there,
 * so that the two can't be told apart.
 *
 * @param {string} secret
 * @param {readonly string[]} keys
 * @returns {Promise<Finding>}
 */
export async function look(secret, keys) {
  const { GetSecretValueCommand, SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
  try {
    const { SecretString = "" } = await new SecretsManagerClient({}).send(
      new GetSecretValueCommand({ SecretId: secret }),
    );
    return missingFrom(SecretString, keys);
  } catch (error) {
    return { missing: [...keys], why: `it can't be read: ${/** @type {Error} */ (error).name}` };
  }
}

/**
 * Which keys have no value in a secret's text: what is no text, or an empty one, is none. A deploy takes it so, too.
 *
 * @param {string} text
 * @param {readonly string[]} keys
 * @returns {Finding}
 */
export function missingFrom(text, keys) {
  const values = valuesOf(text);
  if (!values) return { missing: [...keys], why: "it is no JSON object" };
  const has = (/** @type {string} */ key) => typeof values[key] === "string" && values[key].trim() !== "";
  return { missing: keys.filter((key) => !has(key)), why: "removed or empty" };
}

/**
 * @param {string} text
 * @returns {Readonly<Record<string, unknown>> | undefined}
 */
function valuesOf(text) {
  try {
    const parsed = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? parsed : undefined;
  } catch {
    // What JSON.parse says would quote the secret.
    return undefined;
  }
}
