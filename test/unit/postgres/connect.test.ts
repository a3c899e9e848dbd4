import { ConfigError, deadlineIn } from '../../../src/core/index.ts';
import { createLog } from '../../../src/log/log.ts';
import { connect } from '../../../src/postgres/connect.ts';
import { load } from '../../support/config-input.ts';

test('a connection that lacks its user is refused before any server is asked', async () => {
  const { connection } = load({ user: { name: null, home: null } }).config;
  const { signal } = new AbortController();
  const connecting = connect(connection, {
    identity: { applicationName: 'test', signal },
    deadline: deadlineIn(60_000),
    needsPrimary: false,
    log: createLog({ level: 'silent', format: 'json', redact: (line) => line }),
    signal,
  });
  await expect(connecting).rejects.toThrow(ConfigError);
  await expect(connecting).rejects.toThrow(/^PGUSER: no user is named/);
});
