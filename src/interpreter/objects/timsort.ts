/**
 * Timsort with the merge policy of powersort, after Tim Peters' listsort.txt and Munro & Wild 2018 ("Nearly-optimal mergesorts"): runs,
 * binary insertion up to minrun, galloping merges. It sorts a permutation, so keys and values need not move together, and makes the same
 * comparisons in the same order as list.sort of CPython (programs that count or log comparisons see the same).
 */

/** Whether item a sorts before item b. May throw; the permutation is then abandoned. */
export type Less = (a: number, b: number) => boolean;

const MIN_GALLOP = 7;
const MAX_MINRUN = 64;

interface Run {
  readonly base: number;
  length: number;
  /** Depth in the virtual tree of runs at which this run meets its successor. */
  power: number;
}

export function timsort(n: number, less: Less): Uint32Array {
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  if (n > 1) new Sorter(order, less).sort();
  return order;
}

class Sorter {
  private readonly a: Uint32Array;
  private readonly less: Less;
  private readonly runs: Run[] = [];
  private minGallop = MIN_GALLOP;

  constructor(a: Uint32Array, less: Less) {
    this.a = a;
    this.less = less;
  }

  sort(): void {
    const n = this.a.length;
    const minrun = minimumRun(n);
    for (let lo = 0; lo < n; ) {
      let length = this.countRun(lo, n - lo);
      if (length < minrun) {
        const forced = Math.min(minrun, n - lo);
        this.binarySort(lo, forced, length);
        length = forced;
      }
      this.foundRun(length);
      this.runs.push({ base: lo, length, power: 0 });
      lo += length;
    }
    while (this.runs.length > 1) {
      let i = this.runs.length - 2;
      if (i > 0 && this.runs[i - 1]!.length < this.runs[i + 1]!.length) i--;
      this.mergeAt(i);
    }
  }

  /** Length of the run at lo, made ascending. A descending run may hold stretches of equal items, which keep their order. */
  private countRun(lo: number, n: number): number {
    if (n === 1) return 1;
    const { a, less } = this;
    let k = 1;
    while (k < n && !less(a[lo + k]!, a[lo + k - 1]!)) k++;
    if (k === n) return n;
    if (k > 1) {
      if (less(a[lo]!, a[lo + k - 1]!)) return k;
      this.reverse(lo, lo + k);
    }
    k = this.finishDescending(lo, k + 1, n);
    while (k < n && !less(a[lo + k]!, a[lo + k - 1]!)) k++;
    return k;
  }

  private finishDescending(lo: number, from: number, n: number): number {
    const { a, less } = this;
    let k = from;
    let equal = 0;
    const closeStretch = () => {
      if (equal > 0) this.reverse(lo + k - equal - 1, lo + k);
      equal = 0;
    };
    for (; k < n; k++) {
      if (less(a[lo + k]!, a[lo + k - 1]!)) closeStretch();
      else if (less(a[lo + k - 1]!, a[lo + k]!)) break;
      else equal++;
    }
    closeStretch();
    this.reverse(lo, lo + k);
    return k;
  }

  private reverse(lo: number, hi: number): void {
    this.a.subarray(lo, hi).reverse();
  }

  /** Insertion sort by binary search; the first `sorted` of the n items at lo are in order. */
  private binarySort(lo: number, n: number, sorted: number): void {
    const { a, less } = this;
    for (let i = sorted; i < n; i++) {
      const pivot = a[lo + i]!;
      let l = 0;
      let r = i;
      while (l < r) {
        const m = (l + r) >> 1;
        if (less(pivot, a[lo + m]!)) r = m;
        else l = m + 1;
      }
      a.copyWithin(lo + l + 1, lo + l, lo + i);
      a[lo + l] = pivot;
    }
  }

  private foundRun(length: number): void {
    const { runs } = this;
    const last = runs[runs.length - 1];
    if (!last) return;
    const power = nodePower(last.base, last.length, length, this.a.length);
    while (runs.length > 1 && runs[runs.length - 2]!.power > power) this.mergeAt(runs.length - 2);
    runs[runs.length - 1]!.power = power;
  }

  private mergeAt(i: number): void {
    const left = this.runs[i]!;
    const right = this.runs[i + 1]!;
    const { a } = this;
    let { base: lo, length: na } = left;
    let nb = right.length;
    const mid = right.base;
    this.runs.splice(i, 2, { base: left.base, length: na + nb, power: right.power });
    const skip = this.gallopRight(a[mid]!, a, lo, na, 0);
    lo += skip;
    na -= skip;
    if (na === 0) return;
    nb = this.gallopLeft(a[lo + na - 1]!, a, mid, nb, nb - 1);
    if (nb === 0) return;
    if (na <= nb) this.mergeLow(lo, na, mid, nb);
    else this.mergeHigh(lo, na, mid, nb);
  }

  /** Where key goes in the sorted run a[base, base+n): before the first item not less than it. */
  private gallopLeft(key: number, a: Uint32Array, base: number, n: number, hint: number): number {
    const { less } = this;
    let last = 0;
    let ofs = 1;
    if (less(a[base + hint]!, key)) {
      const max = n - hint;
      while (ofs < max && less(a[base + hint + ofs]!, key)) {
        last = ofs;
        ofs = ofs * 2 + 1;
      }
      ofs = Math.min(ofs, max);
      last += hint;
      ofs += hint;
    } else {
      const max = hint + 1;
      while (ofs < max && !less(a[base + hint - ofs]!, key)) {
        last = ofs;
        ofs = ofs * 2 + 1;
      }
      ofs = Math.min(ofs, max);
      [last, ofs] = [hint - ofs, hint - last];
    }
    last++;
    while (last < ofs) {
      const m = last + ((ofs - last) >> 1);
      if (less(a[base + m]!, key)) last = m + 1;
      else ofs = m;
    }
    return ofs;
  }

  /** Likewise, after the last item not greater than key. */
  private gallopRight(key: number, a: Uint32Array, base: number, n: number, hint: number): number {
    const { less } = this;
    let last = 0;
    let ofs = 1;
    if (less(key, a[base + hint]!)) {
      const max = hint + 1;
      while (ofs < max && less(key, a[base + hint - ofs]!)) {
        last = ofs;
        ofs = ofs * 2 + 1;
      }
      ofs = Math.min(ofs, max);
      [last, ofs] = [hint - ofs, hint - last];
    } else {
      const max = n - hint;
      while (ofs < max && !less(key, a[base + hint + ofs]!)) {
        last = ofs;
        ofs = ofs * 2 + 1;
      }
      ofs = Math.min(ofs, max);
      last += hint;
      ofs += hint;
    }
    last++;
    while (last < ofs) {
      const m = last + ((ofs - last) >> 1);
      if (less(key, a[base + m]!)) ofs = m;
      else last = m + 1;
    }
    return ofs;
  }

  /** Merges from the left; the left run waits in a buffer. It is known that b[0] < a[0] and a's last item belongs at the end. */
  private mergeLow(lo: number, lengthA: number, mid: number, lengthB: number): void {
    const { a, less } = this;
    const left = a.slice(lo, lo + lengthA);
    let na = lengthA;
    let nb = lengthB;
    let pa = 0;
    let pb = mid;
    let dest = lo;
    const finishLeft = () => a.set(left.subarray(pa, pa + na), dest);
    const finishRight = () => {
      a.copyWithin(dest, pb, pb + nb);
      a[dest + nb] = left[pa]!;
    };
    a[dest++] = a[pb++]!;
    if (--nb === 0) return finishLeft();
    if (na === 1) return finishRight();
    let minGallop = this.minGallop;
    for (;;) {
      let countA = 0;
      let countB = 0;
      for (;;) {
        if (less(a[pb]!, left[pa]!)) {
          a[dest++] = a[pb++]!;
          countB++;
          countA = 0;
          if (--nb === 0) return finishLeft();
          if (countB >= minGallop) break;
        } else {
          a[dest++] = left[pa++]!;
          countA++;
          countB = 0;
          if (--na === 1) return finishRight();
          if (countA >= minGallop) break;
        }
      }
      minGallop++;
      do {
        if (minGallop > 1) minGallop--;
        this.minGallop = minGallop;
        countA = this.gallopRight(a[pb]!, left, pa, na, 0);
        if (countA > 0) {
          a.set(left.subarray(pa, pa + countA), dest);
          dest += countA;
          pa += countA;
          na -= countA;
          if (na === 1) return finishRight();
          if (na === 0) return finishLeft();
        }
        a[dest++] = a[pb++]!;
        if (--nb === 0) return finishLeft();
        countB = this.gallopLeft(left[pa]!, a, pb, nb, 0);
        if (countB > 0) {
          a.copyWithin(dest, pb, pb + countB);
          dest += countB;
          pb += countB;
          nb -= countB;
          if (nb === 0) return finishLeft();
        }
        a[dest++] = left[pa++]!;
        if (--na === 1) return finishRight();
      } while (countA >= MIN_GALLOP || countB >= MIN_GALLOP);
      this.minGallop = ++minGallop;
    }
  }

  /** Merges from the right; the right run waits in a buffer. */
  private mergeHigh(lo: number, lengthA: number, mid: number, lengthB: number): void {
    const { a, less } = this;
    const right = a.slice(mid, mid + lengthB);
    let na = lengthA;
    let nb = lengthB;
    let pa = lo + na - 1;
    let pb = nb - 1;
    let dest = mid + nb - 1;
    const finishRight = () => a.set(right.subarray(0, nb), dest - nb + 1);
    const finishLeft = () => {
      a.copyWithin(dest - na + 1, pa - na + 1, pa + 1);
      a[dest - na] = right[pb]!;
    };
    a[dest--] = a[pa--]!;
    if (--na === 0) return finishRight();
    if (nb === 1) return finishLeft();
    let minGallop = this.minGallop;
    for (;;) {
      let countA = 0;
      let countB = 0;
      for (;;) {
        if (less(right[pb]!, a[pa]!)) {
          a[dest--] = a[pa--]!;
          countA++;
          countB = 0;
          if (--na === 0) return finishRight();
          if (countA >= minGallop) break;
        } else {
          a[dest--] = right[pb--]!;
          countB++;
          countA = 0;
          if (--nb === 1) return finishLeft();
          if (countB >= minGallop) break;
        }
      }
      minGallop++;
      do {
        if (minGallop > 1) minGallop--;
        this.minGallop = minGallop;
        countA = na - this.gallopRight(right[pb]!, a, lo, na, na - 1);
        if (countA > 0) {
          dest -= countA;
          pa -= countA;
          a.copyWithin(dest + 1, pa + 1, pa + 1 + countA);
          na -= countA;
          if (na === 0) return finishRight();
        }
        a[dest--] = right[pb--]!;
        if (--nb === 1) return finishLeft();
        countB = nb - this.gallopLeft(a[pa]!, right, 0, nb, nb - 1);
        if (countB > 0) {
          dest -= countB;
          pb -= countB;
          a.set(right.subarray(pb + 1, pb + 1 + countB), dest + 1);
          nb -= countB;
          if (nb === 1) return finishLeft();
          if (nb === 0) return finishRight();
        }
        a[dest--] = a[pa--]!;
        if (--na === 0) return finishRight();
      } while (countA >= MIN_GALLOP || countB >= MIN_GALLOP);
      this.minGallop = ++minGallop;
    }
  }
}

/** n divided by a power of two, rounded up, so that n / minrun is close to but no greater than a power of two. */
function minimumRun(n: number): number {
  let r = 0;
  let m = n;
  while (m >= MAX_MINRUN) {
    r |= m & 1;
    m >>= 1;
  }
  return m + r;
}

/** Powersort: first bit in which the midpoints of the two adjacent runs (start s, lengths n1 and n2), as fractions of n, differ. */
function nodePower(s: number, n1: number, n2: number, n: number): number {
  let a = 2 * s + n1;
  let b = a + n1 + n2;
  for (let power = 1; ; power++) {
    if (a >= n) {
      a -= n;
      b -= n;
    } else if (b >= n) return power;
    a *= 2;
    b *= 2;
  }
}
