import { hostsOf } from "../../../environments/hosts";
import { isWithin } from "../../../environments/cidr";
import { fail, pass, warn, type Found } from "../../cli/finding";
import type { Check } from "../check";

/** Account number in AWS's examples and this project's. */
const EXAMPLE_ACCOUNT = ":111122223333:";
/** Ranges reserved for documentation (RFC 5737). */
const EXAMPLE_RANGES = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"];
const EXAMPLE_HOST = /(^|\.)example\.(com|net|org)$/;
const isExampleEmail = (email: string) => EXAMPLE_HOST.test(email.split("@")[1] ?? "");

/** Supabase project in this project's examples. */
const EXAMPLE_PROJECT = "https://example.supabase.co";

/** Whether any example value that this project ships with is left. */
export const exampleValues: Check = ({ session: { environment } }) => {
  const { access, alarms, domain, name, supabase, tls } = environment;
  const inFile = (setting: string) => `${setting} in environments/${name}.local.json`;
  const ranges = access.publicCidrs.filter((range) => EXAMPLE_RANGES.some((each) => isWithin(range, each)));
  // Let's Encrypt refuses these names, and refusals count against its rate limits.
  const refused = tls.issuer === "selfsigned" ? warn : fail;
  const found = [
    left(
      "access.admins still has",
      access.admins.filter((arn) => arn.includes(EXAMPLE_ACCOUNT)),
      inFile('"access": { "admins": ["<your role\'s ARN>"] }'),
    ),
    left(
      "access.publicCidrs still has",
      ranges,
      `${inFile('"access": { "publicCidrs": ["<your address>/32"] }')} (curl https://checkip.amazonaws.com)`,
      {
        say: ranges.length === access.publicCidrs.length ? fail : warn,
        so: ", which contains no real address",
      },
    ),
    ...hostsOf(environment).map(({ host }) =>
      left(
        host === domain.host ? "domain.host is still" : "domain.others still has",
        [host].filter((each) => EXAMPLE_HOST.test(each)),
        inFile('"domain": { "host": "<your host>" }'),
        { say: refused },
      ),
    ),
    left(
      "supabase.url is still",
      [supabase.url].filter((url) => url === EXAMPLE_PROJECT),
      inFile('"supabase": { "url": "https://<your project>.supabase.co" }'),
    ),
    left(
      "tls.email is still",
      [tls.email ?? ""].filter(isExampleEmail),
      inFile('"tls": { "email": "<yours>" }'),
      { say: refused },
    ),
    left(
      "alarms.emails still has",
      alarms.emails.filter(isExampleEmail),
      inFile('"alarms": { "emails": ["<yours>"] }'),
      { so: ", so alarms would reach no one" },
    ),
  ].flat();
  return Promise.resolve(found.length === 0 ? pass("no example values are left") : found);
};

/** Nothing if there are no examples. */
function left(
  setting: string,
  examples: readonly string[],
  fix: string,
  { say = fail, so = "" }: { readonly say?: typeof fail; readonly so?: string } = {},
): Found[] {
  return examples.length === 0 ? [] : [say(`${setting} the example ${examples.join(", ")}${so}`, fix)];
}
