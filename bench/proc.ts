/**
 * What Linux says about processes.
 * https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html (utime and stime are fields 14 and 15, cutime and
 * cstime 16 and 17, in clock ticks; the name in parentheses may itself hold spaces and parentheses)
 * https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
 */

/** USER_HZ: 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** CPU seconds (user and system) of a process's children that have ended and been waited for, from its `stat`. */
export function childrenCpuS(stat: string): number {
  return ticks(stat, 16) + ticks(stat, 17);
}

/** CPU seconds (user and system) of the process itself, all threads, from its `stat`. */
export function ownCpuS(stat: string): number {
  return ticks(stat, 14) + ticks(stat, 15);
}

function ticks(stat: string, field: number): number {
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const value = Number(afterName[field - 3]);
  if (!Number.isFinite(value)) throw new Error(`/proc/PID/stat has no field ${field}`);
  return value / TICKS_PER_SECOND;
}

/** Bytes of a line of `status` that is in kB, VmHWM (the most memory that was ever resident) or VmRSS say. */
export function memoryBytes(status: string, name: 'VmHWM' | 'VmRSS'): number | undefined {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status);
  return match === null ? undefined : Number(match[1]) * 1024;
}
