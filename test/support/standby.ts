import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { giveTo, serverAccount } from '../../src/shadow/embedded-binaries.ts';
import { type Instance, makeInstance } from './instance.ts';

/**
 * Makes a standby that follows a server, both running afterwards.
 *
 * @param primary is stopped while its files are copied.
 */
export async function makeStandby(primary: Instance): Promise<Instance> {
  const standby = await makeInstance(primary.password);
  await primary.stop('SIGINT');
  for (const name of readdirSync(standby.data)) rmSync(join(standby.data, name), { recursive: true });
  cpSync(primary.data, standby.data, { recursive: true });
  const account = serverAccount();
  if (account) giveTo(account, standby.data);
  const { host, port, user, password } = primary;
  standby.writeFile('standby.signal', '');
  standby.writeFile(
    'postgresql.auto.conf',
    `primary_conninfo = 'host=${host} port=${port} user=${user} password=${password} application_name=replica'\n`,
  );
  await primary.start();
  await standby.start({ wal_receiver_status_interval: '1s' });
  return standby;
}
