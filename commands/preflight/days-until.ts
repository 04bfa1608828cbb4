const DAY_MS = 86_400_000;

/** Whole days until a day (UTC) such as "2027-04-30"; negative once it has begun. */
export function daysUntil(day: string, now: Date): number {
  return Math.floor((new Date(day).getTime() - now.getTime()) / DAY_MS);
}
