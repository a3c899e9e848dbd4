// On Node 20, pg asks whether it runs on Cloudflare by a missing `navigator`, which loads undici: 20 ms for nothing.
globalThis.navigator ??= { userAgent: 'Node.js' } as Navigator;
