import { isSecretName } from "../../../commands/plan/secret-names";

it.each([
  ..."CLIENT_SECRET SECRET_KEY LANGFUSE_SECRET_KEY JWT_SECRET clientSecret secrets secret_string".split(" "),
  ..."signing_key private_key privateKey APIKey api_keys apikey OPENAI_API_KEY AWS_SECRET_ACCESS_KEY".split(
    " ",
  ),
  ..."SUPABASE_SERVICE_KEY encryption-key encryptionKey2".split(" "),
  ..."AUTH_HEADER auth SLACK_WEBHOOK SLACK_WEBHOOK_URL webhookUrl".split(" "),
  ..."token tokens GITHUB_TOKEN authtoken credentials DB_CREDENTIAL passphrase passwd".split(" "),
  ..."redis_password dbpassword password-0 password_hash auth.password connection_string".split(" "),
])("takes %s for a secret's name", (name) => {
  expect(isSecretName(name)).toBe(true);
});

it.each([
  ..."secretName secret_name secretStoreRef secretRef secret_id existingSecret secret_arn".split(" "),
  ..."kms_key_id kms_master_key_id key_arn AWS_ACCESS_KEY_ID public_key key topology_key matchLabelKeys".split(
    " ",
  ),
  ..."author authors authentication_mode AUTH_URL auth_type AUTH_ENABLED TOKEN_URL token_issuer".split(" "),
  ..."http_tokens MAX_TOKENS max_new_tokens tokenizer monkey passwordRotation password_length".split(" "),
  ..."secret.reloader.stakater.com/reload token.actions.githubusercontent.com:sub".split(" "),
  ..."name value LOG_LEVEL".split(" "),
])("takes %s for the name of something that may be shown", (name) => {
  expect(isSecretName(name)).toBe(false);
});
