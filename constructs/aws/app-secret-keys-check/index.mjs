/**
 * Lambda function: writes the number of the app secret's required keys without a value to CloudWatch. No value ends up in a
 * log or a message, and neither does an error's own text, which may quote one. No dependencies other than the runtime's SDK.
 */

/**
 * @typedef {object} Check The schedule's input.
 * @property {string} secret Name of the secret.
 * @property {readonly string[]} keys Keys that must have a value.
 * @property {string} namespace The metric's.
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
  // Imported here, since only Lambda's runtime has it.
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
 * Which keys have no value now; all of them if the secret can't be read. AWS may deny access to a secret that doesn't exist,
 * so the two can't be told apart.
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
 * Which keys have no value in a secret's text: only a non-empty string counts as one, as in a deploy.
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
    // JSON.parse's message would quote the secret.
    return undefined;
  }
}
