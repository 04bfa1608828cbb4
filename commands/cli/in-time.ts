/** What a piece of work gives, or an error that says `late` once it has taken so long (ms): it isn't stopped by that. */
export async function inTime<T>(work: Promise<T>, patience: number, late: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(late));
    }, patience);
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}
