import { mayNameSecret, namesSecret } from "../../environments/secret-names";

it.each([
  ..."CLIENT_SECRET SECRET_KEY LANGFUSE_SECRET_KEY JWT_SECRET clientSecret secrets secret_string".split(" "),
  ..."signing_key private_key privateKey APIKey api_keys apikey OPENAI_API_KEY AWS_SECRET_ACCESS_KEY".split(
    " ",
  ),
  ..."SUPABASE_SERVICE_KEY encryption-key encryptionKey2".split(" "),
  ..."AUTH_HEADER auth SLACK_WEBHOOK SLACK_WEBHOOK_URL webhookUrl".split(" "),
  ..."token tokens GITHUB_TOKEN authtoken credentials DB_CREDENTIAL passphrase passwd".split(" "),
  ..."redis_password dbpassword password-0 password_hash auth.password connection_string".split(" "),
  ..."invalidToken expiredPassword".split(" "),
])("takes %s for a secret's name", (name) => {
  expect(mayNameSecret(name)).toBe(true);
});

it.each([
  ..."secretName secret_name secretStoreRef secretRef secret_id existingSecret secret_arn".split(" "),
  ..."kms_key_id kms_master_key_id key_arn AWS_ACCESS_KEY_ID public_key key topology_key matchLabelKeys".split(
    " ",
  ),
  ..."author authors authentication_mode AUTH_URL auth_type AUTH_ENABLED TOKEN_URL token_issuer".split(" "),
  ..."http_tokens MAX_TOKENS max_new_tokens tokenizer monkey passwordRotation password_length".split(" "),
  ..."secret.reloader.stakater.com/reload token.actions.githubusercontent.com:sub".split(" "),
  ..."name value LOG_LEVEL ExpiredToken InvalidClientTokenId".split(" "),
])("takes %s for the name of something that may be shown", (name) => {
  expect(mayNameSecret(name)).toBe(false);
});

it.each([
  ..."API_KEY SSH_KEY KEY TOKEN HF_TOKEN JWT_SECRET DB_PASSWORD PASSWD PASSPHRASE SMTP_PASS SENTRY_DSN JWT".split(
    " ",
  ),
  ..."PGPASSWORD MYSQL_PWD DB_PWD CLIENTSECRET PASSWORDS SECRETS DB_PASSWORD_1 API_KEYS API_KEY2 TOKEN_2".split(
    " ",
  ),
  "AUTHORIZATION",
  ..."GCP_CREDENTIALS DB_CREDENTIAL APIKEY DATABASE_URL REDIS_URI EXISTING_SECRET MAX_TOKEN".split(" "),
])("no setting's variable may be called %s, and no diff shows it", (name) => {
  expect([namesSecret(name), mayNameSecret(name)]).toEqual([true, true]);
});

it.each([
  ..."MAX_TOKENS MONKEY PUBLIC_KEY SITE_KEY SUPABASE_PUBLISHABLE_KEY KEYS TOKENS SORT_KEYS BYPASS PASSWORD_RESET".split(
    " ",
  ),
  ..."SECRETS_PATH REQUIRE_AUTHORIZATION".split(" "),
  ..."S3KEY DATABASE_HOST API_URL COOKIE SLACK_WEBHOOK PGPASS password token key".split(" "),
])("a variable may be called %s", (name) => {
  expect(namesSecret(name)).toBe(false);
});
