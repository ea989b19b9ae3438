import type { Announcement } from '../../src/internal.js';

/** Withdraws an announcement. */
export type EndAnnouncement = () => Promise<void>;

/**
 * Announces a service by mDNS until the returned function is called.
 * @throws Error where the optional package is not installed, or the network cannot be used
 */
export async function announce({ type, name, host, txt }: Announcement, port: number): Promise<EndAnnouncement> {
  // An optional dependency: without it only mDNS is missing.
  const { getResponder } = await import('@homebridge/ciao');
  const responder = getResponder();
  const service = responder.createService({ type, name, hostname: host, port, txt: { ...txt } });
  try {
    await service.advertise();
  } catch (error) {
    await responder.shutdown();
    throw error;
  }
  return async () => {
    await service.destroy();
    await responder.shutdown();
  };
}
