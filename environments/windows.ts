/** Windows in UTC, in which ElastiCache takes snapshots ("03:00-04:00") and patches ("sun:05:00-sun:06:00"). */

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const HOUR = 60;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** The least and the most that ElastiCache accepts (minutes). */
const SHORTEST = HOUR;
const LONGEST = DAY;

interface Window {
  /** Minutes since Monday, 00:00. */
  readonly start: number;
  /** Minutes. */
  readonly length: number;
}

export const DAILY_WINDOW = /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/;
export const WEEKLY_WINDOW =
  /^(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d$/;

/**
 * What ElastiCache would refuse of a daily and a weekly window, each matching its pattern: one of another length, or two
 * that overlap on any day.
 *
 * @see https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
 */
export function windowProblems(
  daily: string,
  weekly: string,
): { daily: boolean; weekly: boolean; overlap: boolean } {
  const snapshots = DAYS.map((day) => windowOf(daily.replace(/(..:..)-(..:..)/, `${day}:$1-${day}:$2`), DAY));
  const maintenance = windowOf(weekly, WEEK);
  return {
    daily: !snapshots.every(fits),
    weekly: !fits(maintenance),
    overlap: snapshots.some((snapshot) => overlap(snapshot, maintenance)),
  };
}

function windowOf(text: string, period: number): Window {
  const [start = 0, end = 0] = text.split(/-(?=[a-z])/).map(minute);
  return { start, length: (end - start + period) % period };
}

function minute(text: string): number {
  const [day = "", hours, minutes] = text.split(":");
  return DAYS.indexOf(day) * DAY + Number(hours) * HOUR + Number(minutes);
}

const fits = ({ length }: Window) => length >= SHORTEST && length <= LONGEST;

/** In a week that starts again on Monday. */
function overlap(one: Window, other: Window): boolean {
  const after = (from: number, to: number) => (to - from + WEEK) % WEEK;
  return after(one.start, other.start) < one.length || after(other.start, one.start) < other.length;
}
