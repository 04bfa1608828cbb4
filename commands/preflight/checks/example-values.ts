import type { Environment } from "../../../environments";
import { overlap, parseCidr } from "../../../environments/cidr";
import { fail, pass, warn, type Check, type Found } from "../check";

/** Account number that AWS's own examples have, and this project's. */
const EXAMPLE_ACCOUNT = ":111122223333:";
/** Ranges that are kept for examples: nobody has an address in them (RFC 5737). */
const EXAMPLE_RANGES = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"];
const EXAMPLE_HOST = /(^|\.)example\.(com|net|org)$/;

/** Values that this project ships with, and that are nobody's. */
export const exampleValues: Omit<Check, "name"> = {
  aws: false,
  look: ({ environment }) => {
    const found = [...admins(environment), ...ranges(environment), ...names(environment)];
    return Promise.resolve(found.length === 0 ? [pass("no example value is left")] : found);
  },
};

const where = ({ name }: Environment) => `in environments/${name}.local.json`;

function admins(environment: Environment): Found[] {
  const left = environment.access.admins.filter((arn) => arn.includes(EXAMPLE_ACCOUNT));
  if (left.length === 0) return [];
  const mend = `"access": { "admins": ["<your role's ARN>"] } ${where(environment)}`;
  return [fail(`access.admins still has the example ${left.join(", ")}`, mend)];
}

function isExample(range: string): boolean {
  return EXAMPLE_RANGES.some(
    (example) =>
      overlap(range, example) && (parseCidr(range)?.prefix ?? 0) >= (parseCidr(example)?.prefix ?? 0),
  );
}

function ranges(environment: Environment): Found[] {
  const { publicCidrs } = environment.access;
  const left = publicCidrs.filter(isExample);
  if (left.length === 0) return [];
  const say = left.length === publicCidrs.length ? fail : warn;
  return [
    say(
      `access.publicCidrs still has the example ${left.join(", ")}, which nobody's address is in`,
      `"access": { "publicCidrs": ["<your address>/32"] } ${where(environment)} (curl https://checkip.amazonaws.com)`,
    ),
  ];
}

function names(environment: Environment): Found[] {
  const { domain, tls } = environment;
  // Let's Encrypt refuses these names, and counts the refusals.
  const say = tls.issuer === "selfsigned" ? warn : fail;
  return [
    ...(EXAMPLE_HOST.test(domain.host)
      ? [
          say(
            `domain.host is still the example ${domain.host}`,
            `"domain": { "host": "<your host>" } ${where(environment)}`,
          ),
        ]
      : []),
    ...(tls.email !== undefined && EXAMPLE_HOST.test(tls.email.split("@")[1] ?? "")
      ? [
          say(
            `tls.email is still the example ${tls.email}`,
            `"tls": { "email": "<yours>" } ${where(environment)}`,
          ),
        ]
      : []),
  ];
}
