/**
 * The largest of numbers, and at least `least`. `Math.max(...numbers)` overflows the stack where there are more than
 * about 100,000 of them.
 */
export function largest(numbers: Iterable<number>, least: number): number {
  let most = least;
  for (const number of numbers) if (number > most) most = number;
  return most;
}
