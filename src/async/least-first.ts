/** Things of which the least is wanted again and again, while they change. */
export interface LeastFirst<T> {
  /** The least; `undefined` when there is none. */
  first(): T | undefined;
  /** Adds it, or finds its place again after it has changed. */
  put(item: T): void;
  delete(item: T): void;
}

/** A binary heap. Two of which neither is before the other come in any order. */
export function createLeastFirst<T>(isBefore: (one: T, other: T) => boolean): LeastFirst<T> {
  const items: T[] = [];
  const places = new Map<T, number>();

  function set(place: number, item: T): void {
    items[place] = item;
    places.set(item, place);
  }

  function up(item: T, from: number): number {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = items[above];
      if (parent === undefined || !isBefore(item, parent)) break;
      set(place, parent);
      place = above;
    }
    return place;
  }

  function down(item: T, from: number): number {
    for (let place = from; ;) {
      const [left, right] = [items[2 * place + 1], items[2 * place + 2]];
      if (left === undefined) return place;
      const isRight = right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (!isBefore(child, item)) return place;
      set(place, child);
      place = 2 * place + (isRight ? 2 : 1);
    }
  }

  function settle(item: T, place: number): void {
    const higher = up(item, place);
    set(higher === place ? down(item, place) : higher, item);
  }

  return {
    first: () => items[0],
    put(item) {
      const place = places.get(item) ?? items.push(item) - 1;
      settle(item, place);
    },
    delete(item) {
      const place = places.get(item);
      if (place === undefined) return;
      places.delete(item);
      const last = items.pop();
      if (last !== undefined && last !== item) settle(last, place);
    },
  };
}
