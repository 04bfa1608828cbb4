import { ListSubscriptionsByTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { mockClient } from "aws-sdk-client-mock";
import { sdkError } from "../../sdk-error";
import { look } from "../look";

const sns = mockClient(SNSClient);
beforeEach(() => {
  sns.reset();
});

describe("alarms", () => {
  const WITH_MAIL = { account: "222233334444", alarms: { emails: ["a@example.com", "b@example.com"] } };
  const TOPIC = "arn:aws:sns:us-east-1:222233334444:wbot-dev-alarms";
  const ask = (email: string) =>
    `aws sns subscribe --topic-arn ${TOPIC} --protocol email --notification-endpoint ${email} --region us-east-1`;
  const lists = (...subscriptions: (readonly [email: string, arn: string])[]) =>
    sns.on(ListSubscriptionsByTopicCommand, { TopicArn: TOPIC }).resolves({
      Subscriptions: subscriptions.map(([Endpoint, SubscriptionArn]) => ({
        Protocol: "email",
        Endpoint,
        SubscriptionArn,
      })),
    });

  it("say who has never confirmed, and how to be asked again", async () => {
    lists(["a@example.com", `${TOPIC}:1`], ["b@example.com", "PendingConfirmation"]);
    expect(await look("alarms", WITH_MAIL)).toEqual([
      ["pass", "a@example.com gets the alarms"],
      [
        "warn",
        "b@example.com has never confirmed, and gets no alarms",
        `Open the mail "AWS Notification - Subscription Confirmation"; to have it sent again: ${ask("b@example.com")}`,
      ],
    ]);
  });

  it("say who has unsubscribed", async () => {
    lists(["a@example.com", "Deleted"], ["b@example.com", "Deleted"], ["b@example.com", `${TOPIC}:1`]);
    expect((await look("alarms", WITH_MAIL)).map(([status, why]) => [status, why])).toEqual([
      ["pass", "b@example.com gets the alarms"],
      [
        "warn",
        "a@example.com is not subscribed (SNS drops subscriptions not confirmed within 48 hours), and gets no alarms",
      ],
    ]);
  });

  it("say whose subscription is gone, on whichever page of the list", async () => {
    sns
      .on(ListSubscriptionsByTopicCommand, { TopicArn: TOPIC })
      .resolves({ Subscriptions: [], NextToken: "more" });
    sns.on(ListSubscriptionsByTopicCommand, { TopicArn: TOPIC, NextToken: "more" }).resolves({
      Subscriptions: [{ Protocol: "email", Endpoint: "a@example.com", SubscriptionArn: `${TOPIC}:1` }],
    });
    expect(await look("alarms", WITH_MAIL)).toEqual([
      ["pass", "a@example.com gets the alarms"],
      [
        "warn",
        expect.stringMatching(/^b@example\.com is not subscribed /),
        expect.stringContaining(ask("b@example.com")),
      ],
    ]);
  });

  const UNSEEN = [
    "skip",
    "the internet doesn't reach this product, so nothing checks it from outside, and none of that check's alarms is mailed (product-down, streams-cut, certificate)",
  ];
  it("say that nothing checks a product that the internet doesn't reach", async () => {
    lists(["a@example.com", `${TOPIC}:1`]);
    const internal = { account: "222233334444", alarms: { emails: ["a@example.com"] } };
    expect(await look("alarms", { ...internal, loadBalancer: { internal: true } })).toEqual([
      ["pass", "a@example.com gets the alarms"],
      UNSEEN,
    ]);
    sns.on(ListSubscriptionsByTopicCommand).resolves({});
    const proxied = {
      ...internal,
      loadBalancer: { allowedCidrs: ["cloudflare"] },
      traffic: { trustedProxies: ["cloudflare"] },
    };
    // Its proxies lead to the other environment.
    expect(await look("alarms", proxied, {}, "prod-west")).toContainEqual(UNSEEN);
    expect(await look("alarms", { ...proxied, protection: true }, {}, "prod-west")).not.toContainEqual(
      UNSEEN,
    );
  });

  it("announce the mail before the first deploy", async () => {
    sns.on(ListSubscriptionsByTopicCommand).rejects(sdkError("NotFoundException"));
    expect(await look("alarms", WITH_MAIL)).toEqual([
      ["skip", "infra will ask each address of alarms.emails to confirm: open the mail within 48 hours"],
    ]);
  });

  it("are not asked about where nobody gets mail", async () => {
    expect(await look("alarms")).toEqual([["skip", "nobody gets alarm mail (setting alarms.emails)"]]);
    expect(sns.calls()).toEqual([]);
  });
});
