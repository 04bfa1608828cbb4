import type { Environment } from "../../environments";
import { PART_OF } from "../../environments/names";
import { refuseAmbient } from "../../stacks/ambient";
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
  return {
    region,
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: ANSWER_MS,
      throwOnRequestTimeout: true,
      ...(agent === undefined ? {} : { httpsAgent: agent }),
    },
  };
}

/** Makes SDK clients, or has them already. @default the environment's region */
export type ClientOf = <C extends object>(
  Client: new (config: ReturnType<typeof clientConfig>) => C,
  region?: string,
) => C;

/** Whether EC2's tags are those of an environment's own resources, as constructs/environment-stack.ts sets them. */
export function isOwn(
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] = [],
  { name }: Pick<Environment, "name">,
): boolean {
  const has = (key: string, value: string) => tags.some(({ Key, Value }) => Key === key && Value === value);
  return has("Project", PART_OF) && has("Environment", name);
}

export type AwsTroubleKind = "credentials" | "denied" | "throttled" | "network" | "refused";

/** What went wrong between us and AWS, in words that a person can act on. */
export interface AwsTrouble {
  readonly kind: AwsTroubleKind;
  readonly why: string;
  readonly fix: string;
}

interface SdkError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly cause?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

const EXPIRED = ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"];
const UNKNOWN_CREDENTIALS = [
  "CredentialsProviderError",
  "TokenProviderError",
  "InvalidClientTokenId",
  "UnrecognizedClientException",
  "SignatureDoesNotMatch",
  "InvalidSignatureException",
  "AuthFailure",
  "InvalidAccessKeyId",
];
const DENIED = ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"];
const THROTTLED = [
  "Throttling",
  "ThrottlingException",
  "ThrottledException",
  "TooManyRequestsException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "SlowDown",
];
const NETWORK = [
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "TimeoutError",
];

const SIGN_IN = "Sign in again: aws sso login, or name a profile: export AWS_PROFILE=<profile>";

/** Undefined for what is not AWS's doing, such as a mistake in this program. */
export function awsTrouble(error: unknown): AwsTrouble | undefined {
  if (!isSdkError(error)) return undefined;
  const codes = [error.name, error.code ?? "", codeOf(error.cause)];
  const one = (known: readonly string[]) => codes.find((code) => known.includes(code));
  if (one(EXPIRED)) return { kind: "credentials", why: "the AWS credentials have expired", fix: SIGN_IN };
  if (one(UNKNOWN_CREDENTIALS)) {
    return { kind: "credentials", why: `no valid AWS credentials were found (${error.name})`, fix: SIGN_IN };
  }
  if (one(DENIED)) {
    return {
      kind: "denied",
      why: firstLine(error.message) || "AWS denied access",
      fix: "Ask for that permission, or use a role that has it: export AWS_PROFILE=<profile>",
    };
  }
  if (one(THROTTLED)) {
    return {
      kind: "throttled",
      why: `AWS is throttling requests (${error.name}), even after ${ATTEMPTS} attempts`,
      fix: "Run the command again in a minute",
    };
  }
  const network = one(NETWORK);
  if (network !== undefined) {
    return {
      kind: "network",
      why: `AWS can't be reached (${network})`,
      fix: "Check the network, any proxy and AWS_ENDPOINT_URL, then run the command again",
    };
  }
  const certificate = codes.find((code) => untrusted(code) !== undefined);
  if (certificate !== undefined) {
    return {
      kind: "network",
      why: `the certificate of AWS is not trusted (${certificate})`,
      fix: untrusted(certificate) ?? "",
    };
  }
  if (error.$metadata === undefined) return undefined;
  const { httpStatusCode: status } = error.$metadata;
  return {
    kind: "refused",
    why:
      error.name === "Unknown"
        ? `AWS responded with ${status ?? "something"} without a reason`
        : `${error.name}: ${firstLine(error.message)}`,
    fix: "",
  };
}

/** Whether AWS answered with one of these errors, such as "ResourceNotFoundException". */
export function isAwsError(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

/** An answer, or undefined where AWS says by one of these errors that there is no such thing. */
export async function unlessMissing<T>(
  answer: Promise<T>,
  ...names: readonly string[]
): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (isAwsError(error, ...names)) return undefined;
    throw error;
  });
}

/** The same for IAM, whose API and whose SDK call it differently. */
export function unlessNoEntity<T>(answer: Promise<T>): Promise<T | undefined> {
  return unlessMissing(answer, "NoSuchEntityException", "NoSuchEntity");
}

/** An AWS trouble as the one message that ends a command; anything else as it is. */
export function asCommandError(error: unknown): unknown {
  const trouble = awsTrouble(error);
  if (!trouble) return error;
  const { why, fix } = trouble;
  return new CommandError(
    `${why.charAt(0).toUpperCase()}${why.slice(1)}.${fix === "" ? "" : ` ${fix}`}`,
    EXIT.failed,
  );
}

function isSdkError(error: unknown): error is SdkError {
  return error instanceof Error;
}

function codeOf(cause: unknown): string {
  if (typeof cause !== "object" || cause === null) return "";
  const { code, name } = cause as { code?: unknown; name?: unknown };
  return typeof code === "string" ? code : typeof name === "string" ? name : "";
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
