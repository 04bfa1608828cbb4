import { paginateListSubscriptionsByTopic, SNSClient, type Subscription } from "@aws-sdk/client-sns";
import { isReachedByInternet } from "../../../environments";
import { partitionOf } from "../../../environments/region";
import { allOf, unlessMissing } from "../../cli/aws";
import type { Session } from "../../session/session";
import { pass, skip, warn, type Found } from "../../cli/finding";
import type { Check } from "../check";

/** What SNS lists in place of an ARN; also "Deleted", for a while, of whoever has unsubscribed. */
const PENDING = "PendingConfirmation";

/** Whether everybody who should get the alarms' mail has confirmed it. */
export const alarms: Check = async ({ session }) => {
  const { emails } = session.environment.alarms;
  if (emails.length === 0) return skip("nobody gets alarm mail (setting alarms.emails)");
  const topic = await topicOf(session);
  const pages = paginateListSubscriptionsByTopic({ client: session.client(SNSClient) }, { TopicArn: topic });
  const subscriptions = await unlessMissing(allOf(pages, ({ Subscriptions }) => Subscriptions));
  if (subscriptions === undefined)
    return skip("infra will ask each address of alarms.emails to confirm: open the mail within 48 hours");
  const found = emails.map((email) => finding(session, topic, email, subscriptions));
  const unseen = skip(
    "the internet doesn't reach this product, so nothing checks it from outside, and none of that check's alarms is mailed (product-down, streams-cut, certificate)",
  );
  return isReachedByInternet(session.environment) ? found : [...found, unseen];
};

async function topicOf(session: Session): Promise<string> {
  const { environment, names } = session;
  const { region } = environment;
  const account = environment.account ?? (await session.identity()).account;
  return `arn:${partitionOf(region)}:sns:${region}:${account}:${names.alarmTopic}`;
}

function finding(
  { environment }: Session,
  topic: string,
  email: string,
  subscriptions: readonly Subscription[],
): Found {
  const own = subscriptions
    .filter(({ Protocol, Endpoint }) => Protocol === "email" && Endpoint === email)
    .map(({ SubscriptionArn = "" }) => SubscriptionArn);
  if (own.some((arn) => arn.startsWith("arn:"))) return pass(`${email} gets the alarms`);
  const ask = `aws sns subscribe --topic-arn ${topic} --protocol email --notification-endpoint ${email} --region ${environment.region}`;
  const why = own.includes(PENDING)
    ? "has never confirmed"
    : "is not subscribed (SNS drops subscriptions not confirmed within 48 hours)";
  return warn(
    `${email} ${why}, and gets no alarms`,
    `Open the mail "AWS Notification - Subscription Confirmation"; to have it sent again: ${ask}`,
  );
}
