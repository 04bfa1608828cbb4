import type { defaultProvider } from "@aws-sdk/credential-provider-node";
import type { Environment } from "../../environments";
import { ownTags } from "../../environments/names";
import { refuseAmbient } from "../../stacks/ambient";
import { argument } from "../../stacks/command-lines";
import { EXIT, CommandError } from "./exit-codes";
import { httpsAgent, untrusted } from "./network";

/** Attempts of one call, the first included: throttling passes, and waiting for it is cheaper than a failed deploy. */
const ATTEMPTS = 5;
const CONNECT_MS = 5_000;
const ANSWER_MS = 20_000;

/** Settings of every SDK client. Credentials and AWS_ENDPOINT_URL are found as the AWS CLI finds them. */
export function clientConfig(region: string) {
  refuseAmbient();
  const agent = httpsAgent();
  const requestHandler = {
    connectionTimeout: CONNECT_MS,
    requestTimeout: ANSWER_MS,
    throwOnRequestTimeout: true,
    ...(agent === undefined ? {} : { httpsAgent: agent }),
  };
  // By default, the clients that get credentials from IAM Identity Center would connect directly, past a proxy.
  const chain = async () => {
    const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
    return defaultProvider({ clientConfig: { requestHandler } });
  };
  // Kept: the chain goes on using credentials that it can't renew in their last minutes, until they expire.
  let kept: ReturnType<typeof chain> | undefined;
  const credentials: ReturnType<typeof defaultProvider> = async (identity) =>
    (await (kept ??= chain()))(identity).catch(unreadable);
  return { region, maxAttempts: ATTEMPTS, requestHandler, credentials };
}

/** A file that can't be read, such as one with a job's token, is an error of the file system to the SDK. */
function unreadable(error: SdkError): never {
  if (!/^(ENOENT|EACCES|EISDIR)$/.test(error.code ?? "")) throw error;
  throw Object.assign(new Error(error.message), { name: "CredentialsProviderError" });
}

/** Whether tags are those of an environment's own resources. */
export function isOwn(
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] = [],
  environment: Pick<Environment, "name">,
): boolean {
  return Object.entries(ownTags(environment)).every(([key, value]) =>
    tags.some(({ Key, Value }) => Key === key && Value === value),
  );
}

/** What went wrong between us and AWS, or another server, in words that a person can act on. */
interface AwsTrouble {
  readonly kind: "credentials" | "denied" | "throttled" | "network" | "refused";
  readonly why: string;
  readonly fix: string;
  /** Whether it is about TLS: nobody guesses the fix. */
  readonly tls?: true;
}

/** An error as the SDK throws it. */
export interface SdkError extends Error {
  readonly code?: string;
  /** Also of a request that AWS didn't answer. */
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

const SIGN_IN = "Sign in again: aws sso login, or name a profile: export AWS_PROFILE=<profile>";

/** Troubles by an error's name, its code or that of its cause. */
const KNOWN: readonly (readonly [codes: RegExp, trouble: (error: Error) => AwsTrouble])[] = [
  [
    /^(ExpiredToken(Exception)?|RequestExpired|TokenRefreshRequired)$/,
    () => ({ kind: "credentials", why: "the AWS credentials have expired", fix: SIGN_IN }),
  ],
  [/^(Credentials|Token)ProviderError$/, withoutCredentials],
  [
    /^(InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|InvalidSignatureException|AuthFailure|InvalidAccessKeyId)$/,
    ({ name }) => ({
      kind: "credentials",
      why: `no valid AWS credentials were found (${name})`,
      fix: `${SIGN_IN}. Or the region is not enabled in this account. Or it is an opt-in region, which rejects session tokens of STS's global endpoint: export AWS_STS_REGIONAL_ENDPOINTS=regional, then sign in again`,
    }),
  ],
  [
    /^(AccessDenied(Exception)?|UnauthorizedOperation|AuthorizationErrorException)$/,
    ({ message }) => ({
      kind: "denied",
      why: firstLine(message) || "AWS denied access",
      fix: "Ask for that permission, or use a role that has it: export AWS_PROFILE=<profile>",
    }),
  ],
  [
    /^(Throttling(Exception)?|ThrottledException|TooManyRequestsException|RequestLimitExceeded|RequestThrottled|SlowDown)$/,
    ({ name }) => ({
      kind: "throttled",
      why: `AWS is throttling requests (${name}), even after ${ATTEMPTS} attempts`,
      fix: "Run the command again in a minute",
    }),
  ],
];

function withoutCredentials({ name, message }: Error): AwsTrouble {
  const why = `no valid AWS credentials were found (${firstLine(message).replace(/\.$/, "") || name})`;
  // The AWS CLI is the only program here that asks for the code.
  const withCode = /^Profile (.+) requires multi-factor authentication/.exec(message)?.[1];
  if (withCode !== undefined) {
    const exported = `aws configure export-credentials --profile ${argument(withCode)} --format env`;
    const fix = `The AWS CLI can ask for the code: eval "$(${exported})"; unset AWS_PROFILE`;
    return { kind: "credentials", why, fix };
  }
  // A misspelled profile looks like one that isn't signed in.
  const { AWS_PROFILE: profile = "" } = process.env;
  const hint = `. AWS_PROFILE is ${JSON.stringify(profile)}: aws configure list-profiles shows the profiles there are`;
  return { kind: "credentials", why, fix: profile === "" ? SIGN_IN : `${SIGN_IN}${hint}` };
}

/** Codes of a request without an answer. */
const UNANSWERED =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EPIPE|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPROTO|TimeoutError)\b/;

/** Undefined for what is not AWS's doing, such as a mistake in this program. */
export function awsTrouble(error: unknown): AwsTrouble | undefined {
  // The message of a CommandError is for people already, and may quote the log of a pod that has such a trouble itself.
  if (!(error instanceof Error) || error instanceof CommandError) return undefined;
  const { code = "", $metadata: answer } = error as SdkError;
  const tls = tlsTrouble(error);
  if (tls !== undefined) return tls;
  const lost = lostCode(error);
  const codes = lost === undefined ? [error.name, code, codeOf(error.cause)] : [lost];
  const known = KNOWN.find(([pattern]) => codes.some((each) => pattern.test(each)));
  if (known !== undefined) return known[1](error);
  return networkTrouble(error, codes, answer) ?? (answer && refusedTrouble(error, answer));
}

function networkTrouble(
  error: Error,
  codes: readonly string[],
  answer: SdkError["$metadata"],
): AwsTrouble | undefined {
  const [server, proxy] = answer
    ? ["AWS", ", any proxy and AWS_ENDPOINT_URL"]
    : ["a server", " and any proxy"];
  const fix = `Check the network${proxy}, then run the command again`;
  for (const code of codes) {
    const why = answer === undefined ? messageOf(error) || code : code;
    const cure = untrusted(code, why);
    const distrust = `the certificate of ${server} is not trusted (${why})`;
    if (cure !== undefined) return { kind: "network", why: distrust, fix: cure, tls: true };
    if (UNANSWERED.test(code)) return { kind: "network", why: `${server} can't be reached (${why})`, fix };
  }
  if (answer === undefined || !isForeign(error)) return undefined;
  return {
    kind: "network",
    why: `the answer is not AWS's (HTTP ${answer.httpStatusCode ?? "unknown"})`,
    fix,
  };
}

function refusedTrouble(
  { name, message }: Error,
  { httpStatusCode }: NonNullable<SdkError["$metadata"]>,
): AwsTrouble {
  const why =
    name === "Unknown"
      ? `AWS responded with ${httpStatusCode ?? "something"} without a reason`
      : `${name}: ${firstLine(message)}`;
  return { kind: "refused", why, fix: "" };
}

/** For a catch: the trouble, unless the error is not AWS's doing, which is thrown again. */
export function troubleOrThrow(error: unknown): AwsTrouble {
  const trouble = awsTrouble(error);
  if (trouble === undefined) throw error;
  return trouble;
}

/** Whether AWS answered with one of these errors, such as "ResourceNotFoundException". */
export function isAwsError(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

/** An answer, or undefined where AWS says that there is no such thing, as each service calls it. */
export async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof Error && /NotFound|^NoSuch/.test(error.name)) return undefined;
    throw error;
  });
}

/** All items of a paginated list. */
export async function allOf<Page, Item>(
  pages: AsyncIterable<Page>,
  items: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  const all: Item[] = [];
  for await (const page of pages) all.push(...(items(page) ?? []));
  return all;
}

/** An AWS trouble as the one message that ends a command; anything else as it is. */
export function asCommandError(error: unknown): unknown {
  const trouble = awsTrouble(error);
  if (!trouble) return error;
  const { why, fix } = trouble;
  return new CommandError(
    `${why.charAt(0).toUpperCase()}${why.slice(1).replace(/\.$/, "")}.${fix === "" ? "" : ` ${fix}`}`,
    EXIT.failed,
  );
}

/** With the host: a failed fetch has it in its cause, which is nameless if several of a host's addresses failed. */
function messageOf({ cause, message }: Error): string {
  return (cause instanceof Error ? cause.message : message).replace(/^Error: /, "");
}

/** Whether something else has answered, such as a proxy's sign-in page: the SDK's errors for a text that it can't read. */
function isForeign({ name, message }: Error): boolean {
  return (
    name === "SyntaxError" || /XML parse error/.test(message) || (name !== "Unknown" && message === "Unknown")
  );
}

/** By OpenSSL's reason, which an error has in its message or its cause's. */
function tlsTrouble(error: Error): AwsTrouble | undefined {
  const reason = /:SSL routines:[^:]*:([^:]+):/.exec(`${error.message} ${messageOf(error)}`)?.[1];
  if (reason === undefined) return undefined;
  return {
    kind: "network",
    why: `TLS with a server failed (${reason})`,
    fix: "Check any proxy and AWS_ENDPOINT_URL: if the port is one of plain HTTP, the address must begin with http://",
    tls: true,
  };
}

/** When a request for credentials gets no answer, the SDK keeps only a text: its code, or the text if that names none. */
function lostCode({ name, message }: Error): string | undefined {
  if (name !== "CredentialsProviderError") return undefined;
  return UNANSWERED.exec(message)?.[0] ?? (untrusted(message) && message);
}

function codeOf(cause: unknown): string {
  if (typeof cause !== "object" || cause === null) return "";
  const { code, name } = cause as { code?: unknown; name?: unknown };
  return typeof code === "string" ? code : typeof name === "string" ? name : "";
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
