// What orgtracectl stored, read with plain git as docs/formats/store.md describes it.

export class Evidence {
    constructor(run, repository) {
        this.git = (args, input) => run('git', ['-C', repository, ...args], input);
    }

    branch(kind) {
        const names = this.git(['for-each-ref', '--format=%(refname)', `refs/heads/${kind}`]).toString().trim().split('\n').filter(Boolean);
        if (names.length !== 1) throw new Error(`one ${kind} branch was expected in the evidence, there are ${names.length}`);
        return names[0];
    }

    // Map of path to text of every file at and below `under`; all of it in one git process.
    files(branch, under = '.') {
        const lines = this.git(['ls-tree', '-r', '-z', branch, '--', under]).toString().split('\0').filter(Boolean);
        const rows = lines.map((line) => {
            const [head, path] = line.split('\t');
            return { path, blob: head.split(' ')[2] };
        });
        const bytes = this.git(['cat-file', '--batch'], rows.map(({ blob }) => `${blob}\n`).join(''));
        const texts = new Map();
        let at = 0;
        for (const { path } of rows) {
            const end = bytes.indexOf(10, at);
            const size = Number(bytes.subarray(at, end).toString().split(' ')[2]);
            texts.set(path, bytes.subarray(end + 1, end + 1 + size).toString());
            at = end + 1 + size + 1;
        }
        return texts;
    }

    snapshot() {
        const files = this.files(this.branch('config'));
        const entities = new Map(); // domain → Map of id → entity
        for (const [path, text] of files) {
            const [top, domain] = path.split('/');
            if (top !== 'domains') continue;
            const entity = JSON.parse(text);
            if (!entities.has(domain)) entities.set(domain, new Map());
            entities.get(domain).set(entity.id, entity);
        }
        return { manifest: JSON.parse(files.get('manifest.json')), catalogue: JSON.parse(files.get('catalogue.json')), entities };
    }

    // Map of id → event.
    events() {
        const events = new Map();
        for (const [path, text] of this.files(this.branch('audit'))) {
            if (!/^\d{4}\/\d\d\/\d\d\/\d\d\.ndjson$/.test(path)) continue;
            for (const line of text.split('\n').filter(Boolean)) {
                const event = JSON.parse(line);
                if (events.has(event.id)) throw new Error(`audit event ${event.id} is stored twice`);
                events.set(event.id, event);
            }
        }
        return events;
    }
}
