import { ApiException } from "@kubernetes/client-node";
import { whyOf } from "../../../commands/cli/why";
import { sdkError } from "../sdk-error";

/** Of fetch, which leaves what happened to its cause. */
const failed = (message: string, code: string) =>
  new TypeError("fetch failed", { cause: Object.assign(new Error(message), { code }) });

it.each([
  [sdkError("AccessDeniedException", "not authorized"), "not authorized"],
  [
    failed("getaddrinfo ENOTFOUND ghcr.io", "ENOTFOUND"),
    "a server can't be reached (getaddrinfo ENOTFOUND ghcr.io)",
  ],
  [
    failed("self-signed certificate in certificate chain", "SELF_SIGNED_CERT_IN_CHAIN"),
    "the certificate of a server is not trusted (self-signed certificate in certificate chain). If a proxy inspects TLS here, name its certificate authority: export AWS_CA_BUNDLE=<file>.pem",
  ],
  [
    failed("error:0A000410:SSL routines:f:ssl/tls alert handshake failure:f.c:918:", "ERR_SSL_X"),
    "TLS with a server failed (ssl/tls alert handshake failure). Check any proxy",
  ],
  [failed("Connect Timeout Error", "UND_ERR_CONNECT_TIMEOUT"), "Connect Timeout Error"],
  [new ApiException(403, "", '{"message":"Kubernetes says no"}', {}), "Kubernetes says no"],
  [new ApiException(502, "", "<html>", {}), "Kubernetes answered 502"],
  [new Error("it answered 500\nHeaders: {}"), "it answered 500"],
])("says it in the words of whoever refused", (error, why) => {
  expect(whyOf(error)).toBe(why);
});
