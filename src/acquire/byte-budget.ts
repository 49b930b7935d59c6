/** Admits work, first come first served, as long as the bytes it holds together stay in bounds. */
export interface ByteBudget {
  /** Work heavier than the whole budget runs when nothing else does. */
  spend<Value>(bytes: number, work: () => Promise<Value>): Promise<Value>;
}

export function createByteBudget(bytesMax: number): ByteBudget {
  const waiting: { readonly bytes: number; readonly start: () => void }[] = [];
  let spent = 0;
  const admit = (): void => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (spent > 0 && spent + next.bytes > bytesMax) return;
      waiting.shift();
      spent += next.bytes;
      next.start();
    }
  };
  return {
    spend: async (bytes, work) => {
      await new Promise<void>((start) => {
        waiting.push({ bytes, start });
        admit();
      });
      try {
        return await work();
      } finally {
        spent -= bytes;
        admit();
      }
    },
  };
}
