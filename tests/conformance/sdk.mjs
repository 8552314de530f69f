// The vendor's SDK, set up by its public settings alone, and the readings that are compared.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { pivot } from './rules.mjs';

export class Platform {
    constructor(folder, base) {
        this.sdk = createRequire(join(folder, 'package.json'))('purecloud-platform-client-v2');
        const { hostname, port } = new URL(base);
        this.client = this.sdk.ApiClient.instance;
        this.client.config.live_reload_config = false; // no settings file of whoever runs this
        this.client.setGateway({ host: hostname, protocol: 'http', port });
    }

    async signIn(id, secret) {
        await this.client.loginClientCredentialsGrant(id, secret);
        return new this.sdk.TokensApi().getTokensMe();
    }

    // A listing of pages with a total, read to its end. Half of one is none.
    async #pages(what, call, options) {
        const items = [];
        for (let pageNumber = 1; ; ++pageNumber) {
            const page = await call({ ...options, pageSize: 25, pageNumber });
            if (page.pageNumber !== pageNumber) throw new Error(`${what}: page ${pageNumber} was asked, ${page.pageNumber} came`);
            items.push(...page.entities);
            if (pageNumber < page.pageCount) continue;
            if (items.length !== page.total) throw new Error(`${what}: ${page.total} announced, ${items.length} came`);
            return items;
        }
    }

    async #byCursor(what, call, options) {
        const items = [];
        const seen = new Set();
        for (let cursor; ;) {
            const page = await call({ ...options, pageSize: 25, ...(cursor ? { cursor } : {}) });
            items.push(...(page.entities ?? []));
            cursor = page.cursor;
            if (!cursor) return items;
            if (seen.has(cursor)) throw new Error(`${what}: the same cursor came twice`);
            seen.add(cursor);
        }
    }

    static #byId(what, items) {
        const map = new Map(items.map((item) => [item.id, item]));
        if (map.size !== items.length) throw new Error(`${what}: an id came twice`);
        return map;
    }

    // Map of domain → Map of id → entity; what is asked for comes from the rules of the snapshot.
    async configuration(rules) {
        const users = new this.sdk.UsersApi();
        const routing = new this.sdk.RoutingApi();
        const authorization = new this.sdk.AuthorizationApi();
        const read = new Map();
        read.set('users', await this.#pages('users', (o) => users.getUsers(o), rules.get('users').options()));
        read.set('queues', await this.#pages('queues', (o) => routing.getRoutingQueues(o), rules.get('queues').options()));
        read.set('roles', await this.#pages('roles', (o) => authorization.getAuthorizationRoles(o), rules.get('roles').options()));
        const maps = new Map([...read].map(([domain, items]) => [domain, Platform.#byId(domain, items)]));

        const rows = [];
        for (const { id } of read.get('roles')) {
            const grants = await this.#pages(`grants of role ${id}`, (o) => authorization.getAuthorizationRoleSubjectgrants(id, o), {});
            rows.push(...grants.map((item) => ({ parent: id, item })));
        }
        maps.set('grants', pivot(rows, rules.get('grants').sub));

        // The cursor listing is what large organisations are read by.
        const queried = await this.#byCursor('users/query', (o) => users.getUsersQuery(o), rules.get('users').options());
        maps.set('users by cursor', Platform.#byId('users/query', queried));
        return maps;
    }

    async events(interval) {
        const audit = new this.sdk.AuditApi();
        const mapping = await audit.getAuditsQueryServicemapping();
        if (!mapping.services?.length) throw new Error('the service mapping of the audit query is empty');
        const query = { interval, filters: [], sort: [{ name: 'Timestamp', sortOrder: 'ascending' }] };
        const { id } = await audit.postAuditsQuery(query);
        for (let tries = 0; ; ++tries) {
            const { state } = await audit.getAuditsQueryTransactionId(id);
            if (state === 'Succeeded') break;
            if (!['Queued', 'Running'].includes(state) || tries === 100) throw new Error(`the audit query ended as ${state}`);
            await pause(50);
        }
        const read = await this.#byCursor('audit', (o) => audit.getAuditsQueryTransactionIdResults(id, o), { expand: ['user'] });
        return Platform.#byId('audit', read);
    }
}
