import type { Findings } from '../environment.ts';
import { quotedValue } from '../setting-types.ts';
import type { Host } from './conninfo.ts';
import { complain, type Fields } from './fields.ts';

const defaultHost = 'localhost';
const defaultPort = 5432;

function list(fields: Fields, parameter: 'host' | 'hostaddr' | 'port'): readonly string[] {
  return (
    fields
      .get(parameter)
      ?.value.split(',')
      .map((item) => item.trim()) ?? []
  );
}

/** A socket's directory, or what stands for one in the abstract namespace (libpq's is_unixsock_path). */
const isSocket = (host: string): boolean => /^[/@]/.test(host) && !host.includes('://');

function checkHosts(fields: Fields, findings: Findings): void {
  const field = fields.get('host');
  if (!field) return;
  for (const host of list(fields, 'host')) {
    if (host.includes('\0')) complain(findings, field, 'it holds a NUL byte', 'Remove it.');
    if (isSocket(host)) continue;
    if (/:\/\/|[@\s\0=?]/.test(host)) {
      complain(
        findings,
        field,
        'it is not a host name',
        'Give a name, an address or a socket directory (/...); a whole URL goes into DATABASE_URL.',
      );
      return;
    }
    if (/^\[[^\]]*\]/.test(host)) {
      complain(
        findings,
        field,
        'the IPv6 address is in brackets, which are for a URL',
        'Write it without, such as ::1, and its port as PGPORT.',
      );
      return;
    }
    if (/^[^:/]+:\d+$/.test(host)) {
      complain(findings, field, 'the host holds a port', 'Give the port as PGPORT.');
      return;
    }
  }
}

function readPorts(fields: Fields, count: number, findings: Findings): readonly number[] {
  const field = fields.get('port');
  const texts = list(fields, 'port');
  if (!field) return Array.from({ length: count }, () => defaultPort);
  if (texts.length !== 1 && texts.length !== count) {
    complain(
      findings,
      field,
      `${texts.length} ports are given for ${count} ${count === 1 ? 'host' : 'hosts'}`,
      'Give one port for all of them, or one for each.',
    );
    return Array.from({ length: count }, () => defaultPort);
  }
  const wrong = texts.find((text) => text !== '' && !(/^\d{1,5}$/.test(text) && isPort(Number(text))));
  if (wrong !== undefined) {
    const what = field.part === null ? `${quotedValue(wrong)} is not a port` : 'it is out of range';
    complain(findings, field, what, 'Write a number from 1 to 65535.');
  }
  const ports = texts.map((text) => (text === '' ? defaultPort : Number(text)));
  return Array.from({ length: count }, (_, i) => ports[texts.length === 1 ? 0 : i] ?? defaultPort);
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535;
}

/**
 * Pairs hosts, addresses and ports as libpq does (PostgreSQL, "Specifying Multiple Hosts"): one port may serve all
 * hosts; an address takes the place of its host's name, which stays the name that a certificate must have. Unlike
 * libpq, no host means `localhost` by TCP: a server that is being set up answers on its socket too early.
 */
export function resolveHosts(fields: Fields, findings: Findings): readonly Host[] {
  checkHosts(fields, findings);
  const names = list(fields, 'host');
  const addresses = list(fields, 'hostaddr');
  const count = Math.max(names.length, addresses.length, 1);
  const addressField = fields.get('hostaddr');
  if (addressField && names.length > 0 && names.length !== addresses.length) {
    complain(
      findings,
      addressField,
      `${addresses.length} addresses are given for ${names.length} hosts`,
      'Give one address for each host.',
    );
  }
  const ports = readPorts(fields, count, findings);
  return ports.map((port, i) => {
    const name = names[i] || null;
    const address = addresses[i] || null;
    if (address !== null && name !== null) return { host: address, port, serverName: name };
    return { host: address ?? name ?? defaultHost, port };
  });
}
