/** Turns how far a long run is into one line: `reading notebooks: 1,234 of 10,000, 85 a second, 1:43 left`. */

/** @param seconds since the run began */
export function formatProgress(what: string, done: number, total: number, seconds: number): string {
  const rate = done / Math.max(seconds, 0.001);
  const parts = [`${what}: ${groupDigits(done)} of ${groupDigits(total)}`];
  // The first few say little about the rest.
  if (seconds >= 1 && done > 0) {
    parts.push(`${rate >= 10 ? groupDigits(Math.round(rate)) : rate.toFixed(1)} a second`);
    if (done < total) parts.push(`${formatDuration((total - done) / rate)} left`);
  }
  return parts.join(', ');
}

function groupDigits(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `0:05`, `12:40`, `1:02:03`. */
export function formatDuration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const minutes = Math.floor(whole / 60);
  const two = (number: number): string => String(number).padStart(2, '0');
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}
