import { PrismaPg } from '@prisma/adapter-pg';

// With an adapter Prisma works by the engine that its package brings, and need not fetch one.
export default {
  schema: 'schema.prisma',
  engine: 'js',
  experimental: { adapter: true },
  adapter: async () => new PrismaPg({ connectionString: process.env.DATABASE_URL, allowExitOnIdle: true }),
};
