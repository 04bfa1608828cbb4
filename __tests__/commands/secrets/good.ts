import { APP_SECRET_KEYS, type AppSecretKey } from "../../../environments/app-secret-keys";

/** Values of the right shape of every required key, which are nobody's. */
export const GOOD = Object.fromEntries(
  APP_SECRET_KEYS.filter(({ neededIn }) => neededIn === undefined).map((key) => [key.name, goodValue(key)]),
) as Readonly<Record<string, string>> & {
  readonly SUPABASE_SERVICE_KEY: string;
  readonly DATABASE_URL: string;
};

function goodValue({ name, shape }: AppSecretKey): string {
  const word = `value-of-${name.toLowerCase()}`;
  const value = [word, "postgresql://wbot:word@db.test:6543/postgres", `x-key=${word}`].find((each) =>
    shape.pattern.test(each),
  );
  if (value === undefined) throw new Error(`no value here has the shape of ${name}: add one`);
  return value;
}
