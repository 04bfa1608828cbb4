/** An error as the AWS SDK throws it when the network drops, after all its attempts. */
export function networkError(code = "ECONNRESET"): Error {
  return Object.assign(new Error("socket hang up"), { code, $metadata: { attempts: 5 } });
}

/** An error as the AWS SDK throws it when AWS refuses a request. */
export function sdkError(name: string, message = name): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });
}
