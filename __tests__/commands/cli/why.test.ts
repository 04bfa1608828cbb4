import { ApiException } from "@kubernetes/client-node";
import { whyOf } from "../../../commands/cli/why";
import { sdkError } from "../sdk-error";

/** An error of fetch, which leaves what happened to its cause. */
const failed = (message: string, code: string) =>
  new TypeError("fetch failed", { cause: Object.assign(new Error(message), { code }) });

it.each([
  [sdkError("AccessDeniedException", "not authorized"), "not authorized"],
  [
    failed("getaddrinfo ENOTFOUND ghcr.io", "ENOTFOUND"),
    expect.stringMatching(/ \(getaddrinfo ENOTFOUND ghcr\.io\)$/),
  ],
  [
    failed("self-signed certificate in certificate chain", "SELF_SIGNED_CERT_IN_CHAIN"),
    expect.stringMatching(/ \(self-signed certificate in certificate chain\)\. .+AWS_CA_BUNDLE/),
  ],
  [failed("Connect Timeout Error", "UND_ERR_CONNECT_TIMEOUT"), "Connect Timeout Error"],
  [new ApiException(403, "", '{"message":"Kubernetes says no"}', {}), "Kubernetes says no"],
  [new ApiException(502, "", "<html>", {}), "Kubernetes answered 502"],
  [new Error("it answered 500\nHeaders: {}"), "it answered 500"],
])("says it in the words of whoever refused", (error, why) => {
  expect(whyOf(error)).toEqual(why);
});
