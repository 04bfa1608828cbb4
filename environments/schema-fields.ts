import { domainToASCII } from "node:url";
import { z } from "zod";
import { isPrivateCidr, isPublicCidr, OCTET, parseCidr, prefixOf, RANGE, withoutHostBits } from "./cidr";
import { DURATION, seconds, MEBIBYTES, MILLI_CPU } from "./quantity";
import { REGION } from "./region";

/**
 * Kinds of values that settings have. An error's text follows "must be" in the message about a bad value. Editors check what
 * JSON Schema can say, such as a pattern, but not what `refine` does.
 */

export const text = (pattern: RegExp, error: string) =>
  z.string({ error }).regex(pattern, { error, abort: true });
export const whole = (min: number, max: number, unit: string) => {
  const error = `a whole number of ${unit} from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};
export const flag = () => z.boolean({ error: "true or false" });
export const quoted = (values: readonly string[]) => values.map((v) => `"${v}"`).join(", ");
export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `one of ${quoted(values)}` });
/** A list in which the same may occur twice. */
export const sequence = <T extends z.ZodType>(item: T, min: number, max: number, what: string) => {
  const error = `a list of ${min} to ${max} ${what}`;
  return z.array(item, { error }).min(min, { error }).max(max, { error });
};
/** A list in order of preference. */
export const preferences = <T extends z.ZodType>(item: T, min: number, max: number, what: string) =>
  sequence(item, min, max, what)
    .refine((entries) => new Set(entries).size === entries.length, { error: `distinct ${what}` })
    .meta({ uniqueItems: true });
/** A list in one order, so that another in the file changes nothing. */
export const list = <T extends z.ZodType>(item: T, min: number, max: number, what: string) =>
  preferences(item, min, max, what).overwrite((entries) =>
    [...entries].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  );
export const group = <T extends z.core.$ZodLooseShape>(shape: T) =>
  z.strictObject(shape, { error: "an object of settings" });
/** A group that may be left out as a whole: its members' defaults apply. */
export const optionalGroup = <T extends z.core.$ZodLooseShape>(shape: T) =>
  group(shape).prefault({} as never);

export const cidr = (allowed: string, holds: (value: string) => boolean) =>
  text(RANGE, allowed).refine((value) => parseCidr(value) !== undefined && holds(value), {
    error: ({ input }) => {
      const meant = withoutHostBits(input as string);
      const close = meant !== undefined && meant !== input && holds(meant);
      return close ? `${allowed} (did you mean "${meant}"?)` : allowed;
    },
  });

/** A range of clients or proxies, so not the whole internet. */
export const edgeRange = (others: string) =>
  cidr(
    `${others}, or an IPv4 range of /8 or narrower, such as "203.0.113.0/24"`,
    (value) => prefixOf(value) >= 8 && (isPrivateCidr(value) || isPublicCidr(value)),
  );

/** An availability zone. */
export const ZONE = new RegExp(`^${REGION}[a-f]$`);
export const region = () =>
  text(
    new RegExp(`^${REGION}$`),
    'an AWS region that the AWS provider in locks/ knows, such as "us-east-1" (those of AWS China, the European Sovereign Cloud and the isolated partitions are not supported)',
  );

/** Shorter than DNS allows (253), for the alarms that are named after a host. */
const HOST =
  /^(?=.{4,200}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{0,58}[a-z0-9])$/;
export const host = () => {
  const error = ({ input }: { readonly input?: unknown }) => {
    const meant = typeof input === "string" ? domainToASCII(input) : "";
    return meant !== input && HOST.test(meant)
      ? `written as "${meant}"`
      : 'a host name in lower case, such as "chat.example.com"';
  };
  return z
    .string({ error })
    .regex(HOST, { error, abort: true })
    .refine((value) => domainToASCII(value) === value, { error });
};

/** A URL that programs can connect to: a pattern alone lets 1.2.3.999 and the ports 0 and 70000 through. */
export const address = (pattern: RegExp, error: string) =>
  text(pattern, error).refine((value) => URL.canParse(value) && new URL(value).port !== "0", {
    error,
    abort: true,
  });

/** The same, as programs write it back: in lower case, without its scheme's own port or a path of "/". */
export const url = (pattern: RegExp, error: string) =>
  address(pattern, error).refine((value) => [value, `${value}/`].includes(new URL(value).href), { error });

const RESOLVER = new RegExp(`^(https://[^\\s,]+|${OCTET}(\\.${OCTET}){3}:\\d+)$`);
/** A resolver as a URL: its own, of DNS over HTTPS, or one of its address and port. */
export const resolverUrl = (value: string) => value.replace(/^(?!https:)/, "http://");
/** A DNS server, as cert-manager takes it in a list with commas. */
export const resolver = () => {
  const error =
    'an IPv4 address and a port, such as "8.8.8.8:53", or a URL of DNS over HTTPS, such as "https://8.8.8.8/dns-query"';
  return text(RESOLVER, error).refine(
    (value) => URL.canParse(resolverUrl(value)) && new URL(resolverUrl(value)).port !== "0",
    { error },
  );
};

export const port = () => {
  const error = "a port from 1 to 65535";
  return z.int({ error }).min(1, { error }).max(65535, { error });
};

export const duration = (min: string, max: string) => {
  const error = `a duration from "${min}" to "${max}", such as "90s" or "5m"`;
  return text(DURATION, error).refine(
    (value) => seconds(value) >= seconds(min) && seconds(value) <= seconds(max),
    { error },
  );
};

/**
 * Days that CloudWatch Logs accepts as a retention.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
 */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;
export const retention = () =>
  z.literal(RETENTION_DAYS, { error: `a number of days, one of ${RETENTION_DAYS.join(", ")}` });

export const cpu = () => text(MILLI_CPU, 'CPU in cores or millicores, such as "2" or "500m"');
export const memory = () => text(MEBIBYTES, 'memory in Mi or Gi, such as "512Mi"');
