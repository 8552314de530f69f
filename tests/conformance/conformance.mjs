// Reads the sandbox with the vendor's own SDK and compares with what `capture` and `audit pull` stored; ./dev conformance runs it.
//     node conformance.mjs DEV PROGRAMS SDK WORK
// DEV is the project's ./dev, PROGRAMS the folder of the built programs, SDK the folder of the installed SDK, WORK an empty folder.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { Evidence } from './evidence.mjs';
import { Rules, disagreements, disagreementsOf } from './rules.mjs';
import { Platform } from './sdk.mjs';

const compared = ['users', 'queues', 'roles', 'grants'];
const from = '2026-10-01T00:00:00Z'; // the sandbox's month
const eventsTo = '2026-10-17T00:00:00Z'; // before the capture: the latest events are still to be expected
const captureAt = '2026-10-17T06:00:00Z';
const later = '2026-10-28T00:00:00Z';

const [dev, programs, sdkFolder, work] = process.argv.slice(2);
const say = (text) => process.stdout.write(`${text}\n`);

function run(program, args, input = '') {
    const result = spawnSync(dev, ['exec', program, ...args], { input, maxBuffer: 1 << 30 });
    if (result.status !== 0) throw new Error(`${program} ${args[0]} ended with ${result.status}: ${result.stdout}${result.stderr}${result.error ?? ''}`);
    return result.stdout;
}

async function startSandbox() {
    // A process group of its own: its end must not depend on who stands between.
    const child = spawn(dev, ['exec', join(programs, 'orgtrace-sandbox'), '--port', '0'], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
    const stop = () => {
        try {
            process.kill(-child.pid);
        } catch {
            // it has ended already
        }
    };
    process.on('exit', stop);
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));
    const said = {};
    for await (const line of createInterface({ input: child.stdout })) {
        const [, name, value] = /^(Base URL|Client id|Client secret) +(\S+)/.exec(line) ?? [];
        if (name) said[name] = value;
        if (said['Client secret']) return { base: said['Base URL'], id: said['Client id'], secret: said['Client secret'], stop };
    }
    throw new Error('the sandbox did not start');
}

async function control(base, method, what) {
    const answer = await fetch(`${base}/sandbox/${what}`, { method });
    if (!answer.ok) throw new Error(`/sandbox/${what} answered ${answer.status}`);
    return answer.json();
}

function capture(sandbox) {
    const store = join(work, 'store');
    const ctl = (args, input) => run(join(programs, 'orgtracectl'), [...args, '--store', store], input);
    ctl(['init', '--key-file', join(work, 'keys'), '--no-passphrase']);
    ctl(['org', 'add', 'sandbox', '--region', 'custom', '--client-id', sandbox.id, '--base-url', sandbox.base, '--login-url', sandbox.base,
        '--secret-stdin'], `${sandbox.secret}\n`);
    ctl(['capture', 'sandbox', '--domains', compared.join(',')]);
    ctl(['audit', 'pull', 'sandbox', '--from', from, '--to', eventsTo]);
    const evidence = new Evidence(run, join(store, 'evidence.git'));
    return { snapshot: evidence.snapshot(), events: evidence.events() };
}

const cut = (value) => (JSON.stringify(value) ?? 'nothing').slice(0, 200);
const sentence = (one) => `${one.domain} ${one.entity} ${one.pointer || '(the whole)'}: the SDK reads ${cut(one.platform)}, stored is ${cut(one.stored)}`;

function compareConfiguration(rules, platform, stored) {
    const list = compared.flatMap((domain) => disagreementsOf(rules.get(domain), platform.get(domain), stored.get(domain) ?? new Map()));
    return list.concat(disagreementsOf(rules.get('users'), platform.get('users by cursor'), stored.get('users') ?? new Map()));
}

function compareEvents(platform, stored) {
    return [...new Set([...platform.keys(), ...stored.keys()])].flatMap((id) => {
        const found = disagreements(platform.get(id), stored.get(id));
        return found.map((one) => ({ domain: 'audit', entity: id, ...one }));
    });
}

// A comparison that cannot fail proves nothing: what happened since must be found in the same evidence, no less and no more.
async function mustDisagree(sandbox, platform, rules, snapshot) {
    await control(sandbox.base, 'POST', `advance?to=${later}`);
    await platform.signIn(sandbox.id, sandbox.secret); // a token lives a day
    const { changes } = await control(sandbox.base, 'GET', `script?from=${captureAt}&to=${later}`);
    const expected = new Set();
    for (const change of changes.filter(({ domain, undone }) => compared.includes(domain) && !undone)) {
        for (const id of [change.entity, change.previousEntity].filter(Boolean)) expected.add(`${change.domain} ${id}`);
    }
    const found = new Set(compareConfiguration(rules, await platform.configuration(rules), snapshot.entities).map((one) => `${one.domain} ${one.entity}`));
    const missed = [...expected].filter((one) => !found.has(one)).map((one) => `${one} changed after the capture and no disagreement is seen`);
    const beyond = [...found].filter((one) => !expected.has(one)).map((one) => `${one} disagrees though nothing happened to it`);
    if (expected.size === 0) missed.push('the scenario changes nothing after the capture');
    return { changed: expected.size, mistakes: [...missed, ...beyond] };
}

async function main() {
    mkdirSync(work, { recursive: true });
    const sandbox = await startSandbox();
    await control(sandbox.base, 'POST', `advance?to=${captureAt}`);
    const { snapshot, events } = capture(sandbox);
    const rules = new Map(snapshot.catalogue.domains.map((domain) => [domain.name, new Rules(domain)]));

    const platform = new Platform(sdkFolder, sandbox.base);
    const token = await platform.signIn(sandbox.id, sandbox.secret);
    const mistakes = [];
    if (token.organization?.id !== snapshot.manifest.organisation_id) {
        mistakes.push(`the SDK signs in to ${token.organization?.id}, the snapshot is of ${snapshot.manifest.organisation_id}`);
    }
    const incomplete = compared.filter((domain) => snapshot.manifest.domains[domain]?.state !== 'complete');
    mistakes.push(...incomplete.map((domain) => `${domain} was not captured whole`));

    const read = await platform.configuration(rules);
    const readEvents = await platform.events(`${from}/${eventsTo}`);
    for (const domain of [...compared, 'users by cursor']) {
        say(`${domain.padEnd(16)} ${read.get(domain).size}`);
        if (read.get(domain).size === 0) mistakes.push(`${domain}: the SDK reads none`);
    }
    say(`${'audit events'.padEnd(16)} ${readEvents.size}`);
    if (readEvents.size === 0) mistakes.push('audit: the SDK reads no event');
    mistakes.push(...compareConfiguration(rules, read, snapshot.entities).map(sentence), ...compareEvents(readEvents, events).map(sentence));

    const drift = await mustDisagree(sandbox, platform, rules, snapshot);
    say(`${'changed since'.padEnd(16)} ${drift.changed}`);
    mistakes.push(...drift.mistakes);
    sandbox.stop();
    return mistakes;
}

// The SDK rejects with the error body, not with an Error.
const mistakes = await main().catch((error) => {
    say(error instanceof Error ? error.message : `the SDK was refused: ${JSON.stringify(error)}`);
    say('conformance: not read to the end');
    process.exit(1);
});
for (const mistake of mistakes.slice(0, 100)) say(mistake);
if (mistakes.length > 100) say(`… and ${mistakes.length - 100} more`);
say(mistakes.length ? `conformance: ${mistakes.length} disagreements` : 'conformance: the SDK and the evidence agree');
process.exit(mistakes.length ? 1 : 0);
