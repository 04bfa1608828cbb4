import { paginateListSubscriptionsByTopic, SNSClient } from "@aws-sdk/client-sns";
import { partitionOf } from "../../../environments/region";
import { allOf, unlessMissing } from "../../cli/aws";
import { pass, skip, warn } from "../../cli/finding";
import type { Check } from "../check";

/** Whether everybody who should get the alarms' mail has confirmed it. */
export const alarms: Check = async ({ session }) => {
  const { region, alarms: settings } = session.environment;
  if (settings.emails.length === 0) return skip("nobody gets alarm mail (setting alarms.emails)");
  const { account } = await session.identity();
  const topic = `arn:${partitionOf(region)}:sns:${region}:${account}:${session.names.alarmTopic}`;
  const pages = paginateListSubscriptionsByTopic({ client: session.client(SNSClient) }, { TopicArn: topic });
  const subscriptions = await unlessMissing(allOf(pages, ({ Subscriptions }) => Subscriptions));
  if (subscriptions === undefined)
    return skip("infra will ask each address of alarms.emails to confirm: open the mail within 48 hours");
  return settings.emails.map((email) => {
    // In place of an ARN, SNS lists "PendingConfirmation" or, for a while, "Deleted" of whoever has unsubscribed.
    const confirmed = subscriptions.some(
      ({ Protocol, Endpoint, SubscriptionArn }) =>
        Protocol === "email" && Endpoint === email && SubscriptionArn?.startsWith("arn:"),
    );
    if (confirmed) return pass(`${email} gets the alarms`);
    return warn(
      `${email} gets no alarms: it has not confirmed (SNS drops subscriptions not confirmed within 48 hours)`,
      `Open the mail "AWS Notification - Subscription Confirmation"; to have it sent again: aws sns subscribe --topic-arn ${topic} --protocol email --notification-endpoint ${email} --region ${region}`,
    );
  });
};
