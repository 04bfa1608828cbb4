import { redactedText, shownText } from "../../../commands/cli/redacted-text";

const OLD = "secret-of-old";

it.each([
  [`can't reach redis://me:${OLD}@host:6379`, "can't reach redis://(sensitive)@host:6379"],
  [`SECRET_KEY=${OLD} is wrong`, "SECRET_KEY=(sensitive) is wrong"],
  [`client_secret = "${OLD} ${OLD}"`, "client_secret = (sensitive)"],
  [`{"password": "${OLD}", "host": "a"}`, '{"password": (sensitive), "host": "a"}'],
  [`{\\"password\\":\\"${OLD}\\"}`, '{\\"password\\":(sensitive)}'],
  [`values:\n  - token: ${OLD}\n`, "values:\n  - token: (sensitive)\n"],
  ['api_key: "$6password2A"', "api_key: (sensitive)"],
  ["password=$hunter22", "password=(sensitive)"],
])("hides in an error what is called like a secret: %#", (message, redacted) => {
  expect(redactedText(message)).toBe(redacted);
});

it.each([
  "getting credentials: exec: executable aws not found",
  "ai/deployment (kubernetes_deployment_v1): The app secret lacks OPENAI_API_KEY",
  'reading Secrets Manager Secret (name = "wbot/dev/app"): AccessDenied',
  "https://host/path?a=b, author=me, secret_name=a",
  "couldn't find key REDIS_URL in Secret wbot/wbot-ai-1",
  "processing spec.data[0] (key: wbot/dev/app), err: key OPENAI_API_KEY does not exist in secret wbot/dev/app",
  "reading KMS Key (arn:aws:kms:us-east-1:111122223333:key/a1): AccessDenied",
  "Secret (wbot/dev/redis): operation error",
  "--tokens-file /run/a1 is not there",
  "ExpiredToken: expired",
  'api_key: "$API_KEY"',
  'password="${db_password}" token=$_TOKEN2',
])("leaves an error as it is otherwise: %s", (message) => {
  expect(redactedText(message)).toBe(message);
});

it.each(["a", ".", "-", '"', "key=", "password=", "password={", "--a ", "password:"])(
  "takes a line of 300 kB of %j",
  (part) => {
    const start = performance.now();
    redactedText(part.repeat(300_000 / part.length));
    // Milliseconds, unless a pattern takes the square of the length.
    expect(performance.now() - start).toBeLessThan(5000);
  },
);

it.each([
  [`\u001b[36mapi_key\u001b[0m=\u001b[35m${OLD}\u001b[0m`, "api_key=(sensitive)"],
  ["\u001b]0;title\u0007ready\r\n\tat main.go", "ready\n\tat main.go"],
  ["10 %\r100 %\u202e", "10 %\\u000d100 %\\u202e"],
  [
    "  ::error file=a::b\n::add-mask::e\na ##[group]",
    "  \\u003a:error file=a::b\n\\u003a:add-mask::e\na ##\\u005bgroup]",
  ],
  [
    "::1 - GET http://[::1]/\n::ffff:10.0.0.1 - GET ::1",
    "::1 - GET http://[::1]/\n::ffff:10.0.0.1 - GET ::1",
  ],
])("shows what another program wrote, redacted and without what would be obeyed: %#", (written, said) => {
  expect(shownText(written)).toBe(said);
});
