import { chromium, type Browser } from 'playwright-core';

/** The Chromium of the system; it runs as root in a container, where it has no sandbox of its own. */
export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
}
