/** An error as the AWS SDK throws it when the network drops, after all its attempts. */
export function networkError(code = "ECONNRESET"): Error {
  return Object.assign(new Error("socket hang up"), { code, $metadata: { attempts: 5 } });
}

/** An error as the AWS SDK throws it when AWS refuses a request. */
export function sdkError(name: string, message = name): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });
}

/** An error as the AWS SDK throws it when AWS refuses a HEAD, which has no body: only a 404 gets a name. */
export function headError(httpStatusCode: number, headers: Readonly<Record<string, string>> = {}): Error {
  return Object.assign(new Error("UnknownError"), {
    name: httpStatusCode === 404 ? "NotFound" : "Unknown",
    $metadata: { httpStatusCode },
    $response: { headers },
  });
}
