// The stored form of an entity, worked out a second time from the rules that a snapshot carries (catalogue.json, docs/formats/catalogue.md):
// written from the document, not from core/catalogue, so that both must agree.

// `*` is one name or array element, `**` any number of them, none included.
function fits(pattern, path) {
    if (pattern.length === 0) return path.length === 0;
    if (pattern[0] === '**') return fits(pattern.slice(1), path) || (path.length > 0 && fits(pattern, path.slice(1)));
    return path.length > 0 && (pattern[0] === '*' || pattern[0] === path[0]) && fits(pattern.slice(1), path.slice(1));
}

const patterns = (list) => (list ?? []).map((text) => text.split('/'));
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

export function canonical(value) {
    if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
    if (isObject(value)) {
        const members = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
        return `{${members.join(',')}}`;
    }
    return JSON.stringify(value);
}

export class Rules {
    constructor(domain) {
        this.name = domain.name;
        this.sub = domain.sub;
        this.left = patterns([...domain.dropped, ...domain.signals]);
        this.references = patterns(domain.references);
        this.unordered = patterns(domain.unordered);
        this.query = domain.query.map((one) => one.split('='));
    }

    // The catalogue's fixed parameters as the SDK wants them: expand as a list, the rest as text.
    options() {
        const expand = this.query.filter(([name]) => name === 'expand').map(([, value]) => value);
        return { ...Object.fromEntries(this.query), ...(expand.length ? { expand } : {}) };
    }

    stored(value, path = []) {
        const isAny = (list) => list.some((pattern) => fits(pattern, path));
        if (Array.isArray(value)) {
            const items = value.map((item, index) => this.stored(item, [...path, String(index)]));
            return isAny(this.unordered) ? items.sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1)) : items;
        }
        if (!isObject(value)) return value;
        if (isAny(this.references) && ['string', 'number'].includes(typeof value.id)) return { id: value.id };
        const kept = Object.keys(value).filter((key) => !this.left.some((pattern) => fits(pattern, [...path, key])));
        return Object.fromEntries(kept.map((key) => [key, this.stored(value[key], [...path, key])]));
    }
}

// Items of all parents, regrouped by their own id: [{ parent, item }] in, Map of id to entity out.
export function pivot(rows, sub) {
    const entities = new Map();
    for (const { parent, item } of rows) {
        const keep = Object.fromEntries(sub.keep.filter((key) => key in item).map((key) => [key, item[key]]));
        const entity = entities.get(item.id) ?? { id: item.id, ...keep, [sub.into]: [] };
        for (const element of item[sub.expand] ?? []) entity[sub.into].push({ [sub.parentKey]: parent, [sub.expandKey]: element });
        entities.set(item.id, entity);
    }
    return entities;
}

// A fingerprint stands where a secret stood; whatever else differs is a disagreement: [{ pointer, platform, stored }].
export function disagreements(platform, stored, pointer = '') {
    const escape = (key) => key.replaceAll('~', '~0').replaceAll('/', '~1');
    if (Array.isArray(platform) && Array.isArray(stored)) {
        const length = Math.max(platform.length, stored.length);
        return Array.from({ length }, (_, index) => disagreements(platform[index], stored[index], `${pointer}/${index}`)).flat();
    }
    if (isObject(platform) && isObject(stored)) {
        const keys = [...new Set([...Object.keys(platform), ...Object.keys(stored)])];
        return keys.flatMap((key) => disagreements(platform[key], stored[key], `${pointer}/${escape(key)}`));
    }
    const isFingerprint = typeof platform === 'string' && typeof stored === 'string' && stored.startsWith('secret:');
    return isFingerprint || Object.is(platform, stored) ? [] : [{ pointer, platform, stored }];
}

// Both as Map of id to the whole entity; the platform's side as it came.
export function disagreementsOf(rules, platform, stored) {
    const list = [];
    for (const id of new Set([...platform.keys(), ...stored.keys()])) {
        const left = platform.has(id) ? rules.stored(platform.get(id)) : undefined;
        const right = stored.has(id) ? rules.stored(stored.get(id)) : undefined; // sorts alike
        const found = left && right ? disagreements(left, right) : [{ pointer: '', platform: left && 'there', stored: right && 'there' }];
        list.push(...found.map((one) => ({ domain: rules.name, entity: id, ...one })));
    }
    return list;
}
