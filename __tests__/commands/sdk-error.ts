/** An error as the AWS SDK throws it when AWS refuses a request. */
export function sdkError(name: string, message = name): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });
}
