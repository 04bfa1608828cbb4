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
  const warned = (email: string) => [
    "warn",
    `${email} gets no alarms: it has not confirmed (SNS drops subscriptions not confirmed within 48 hours)`,
    `Open the mail "AWS Notification - Subscription Confirmation"; to have it sent again: aws sns subscribe --topic-arn ${TOPIC} --protocol email --notification-endpoint ${email} --region us-east-1`,
  ];
  const subscription = (Endpoint: string, SubscriptionArn: string) => ({
    Protocol: "email",
    Endpoint,
    SubscriptionArn,
  });

  it("say who has never confirmed or has unsubscribed, and how to be asked again", async () => {
    sns.on(ListSubscriptionsByTopicCommand, { TopicArn: TOPIC }).resolves({
      Subscriptions: [
        subscription("a@example.com", "PendingConfirmation"),
        subscription("b@example.com", "Deleted"),
        subscription("b@example.com", `${TOPIC}:1`),
      ],
    });
    expect(await look("alarms", WITH_MAIL)).toEqual([
      ["pass", "b@example.com gets the alarms"],
      warned("a@example.com"),
    ]);
  });

  it("say whose subscription is gone, on whichever page of the list", async () => {
    sns
      .on(ListSubscriptionsByTopicCommand, { TopicArn: TOPIC })
      .resolves({ Subscriptions: [], NextToken: "more" });
    sns
      .on(ListSubscriptionsByTopicCommand, { TopicArn: TOPIC, NextToken: "more" })
      .resolves({ Subscriptions: [subscription("a@example.com", `${TOPIC}:1`)] });
    expect(await look("alarms", WITH_MAIL)).toEqual([
      ["pass", "a@example.com gets the alarms"],
      warned("b@example.com"),
    ]);
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
