// A gateway in a process of its own, for a test that takes its file descriptors:
// tells its parent its port and token, then its memory.

import { descriptorLimit } from '@holdfast/shared/process';
import { openFixture } from '../gateway.fixture.ts';

const gateway = await openFixture({ urls: [process.argv[2]!], descriptorLimit: descriptorLimit() });
const url = await gateway.app.listen({ host: '127.0.0.1', port: 0 });
process.send!({ port: Number(new URL(url).port), token: await gateway.tokens.sign(), limit: descriptorLimit() });
process.on('message', () => process.send!({ rssBytes: process.memoryUsage.rss() }));
process.on('disconnect', () => process.exit(0));
