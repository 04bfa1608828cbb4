import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { mockClient } from "aws-sdk-client-mock";

/** Secrets Manager, for checks that read the app secret. */
export const secrets = mockClient(SecretsManagerClient);
beforeEach(() => {
  secrets.reset();
});

/** The app secret has these values. */
export const holds = (values: object) =>
  secrets.on(GetSecretValueCommand).resolves({ SecretString: JSON.stringify(values) });
