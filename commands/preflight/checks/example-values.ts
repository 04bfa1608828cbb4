import type { Environment } from "../../../environments";
import { hostsOf } from "../../../environments/hosts";
import { overlap, parseCidr } from "../../../environments/cidr";
import { fail, pass, warn, type Check, type Found } from "../check";

/** Account number in AWS's examples and this project's. */
const EXAMPLE_ACCOUNT = ":111122223333:";
/** Ranges reserved for documentation (RFC 5737). */
const EXAMPLE_RANGES = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"];
const EXAMPLE_HOST = /(^|\.)example\.(com|net|org)$/;

/** Supabase project in this project's examples. */
const EXAMPLE_PROJECT = "https://example.supabase.co";

/** Whether any example value that this project ships with is left. */
export const exampleValues: Check = {
  aws: false,
  look: ({ session: { environment } }) => {
    const found = [
      ...admins(environment),
      ...ranges(environment),
      ...names(environment),
      ...emails(environment),
    ];
    return Promise.resolve(found.length === 0 ? [pass("no example values are left")] : found);
  },
};

const where = ({ name }: Environment) => `in environments/${name}.local.json`;

function admins(environment: Environment): Found[] {
  const left = environment.access.admins.filter((arn) => arn.includes(EXAMPLE_ACCOUNT));
  if (left.length === 0) return [];
  const fix = `"access": { "admins": ["<your role's ARN>"] } ${where(environment)}`;
  return [fail(`access.admins still has the example ${left.join(", ")}`, fix)];
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
      `access.publicCidrs still has the example ${left.join(", ")}, which contains no real address`,
      `"access": { "publicCidrs": ["<your address>/32"] } ${where(environment)} (curl https://checkip.amazonaws.com)`,
    ),
  ];
}

function names(environment: Environment): Found[] {
  const { tls, supabase } = environment;
  // Let's Encrypt refuses these names, and refusals count against its rate limits.
  const say = tls.issuer === "selfsigned" ? warn : fail;
  return [
    ...hostsOf(environment)
      .filter(({ host }) => EXAMPLE_HOST.test(host))
      .map(({ host }) =>
        say(
          `${host === environment.domain.host ? "domain.host is still" : "domain.others still has"} the example ${host}`,
          `"domain": { "host": "<your host>" } ${where(environment)}`,
        ),
      ),
    ...(supabase.url === EXAMPLE_PROJECT
      ? [
          fail(
            `supabase.url is still the example ${supabase.url}`,
            `"supabase": { "url": "https://<your project>.supabase.co" } ${where(environment)}`,
          ),
        ]
      : []),
    ...(tls.email !== undefined && isExampleEmail(tls.email)
      ? [
          say(
            `tls.email is still the example ${tls.email}`,
            `"tls": { "email": "<yours>" } ${where(environment)}`,
          ),
        ]
      : []),
  ];
}

const isExampleEmail = (email: string) => EXAMPLE_HOST.test(email.split("@")[1] ?? "");

/** Alarms sent to these addresses would reach no one. */
function emails(environment: Environment): Found[] {
  const left = environment.alarms.emails.filter(isExampleEmail);
  if (left.length === 0) return [];
  const fix = `"alarms": { "emails": ["<yours>"] } ${where(environment)}`;
  return [fail(`alarms.emails still has the example ${left.join(", ")}, so alarms would reach no one`, fix)];
}
