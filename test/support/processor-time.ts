/** Milliseconds of processor time that this process has used: other programs on a busy machine do not count. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
