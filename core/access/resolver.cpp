#include "access/resolution.h"

#include <QSet>

#include <algorithm>
#include <map>

namespace Orgtrace::Access {

namespace {
constexpr int ListedAtMost = 20; // names inside one caveat list; the rest is counted
} // namespace

QString policiesSeenName(PoliciesSeen seen)
{
    switch (seen) {
    case PoliciesSeen::Yes: return QStringLiteral("captured");
    case PoliciesSeen::NotAsked: return QStringLiteral("not-captured");
    case PoliciesSeen::NotRead: break;
    }
    return QStringLiteral("not-read");
}

QString subjectKindName(SubjectKind kind)
{
    switch (kind) {
    case SubjectKind::User: return QStringLiteral("user");
    case SubjectKind::Group: return QStringLiteral("group");
    case SubjectKind::Team: return QStringLiteral("team");
    case SubjectKind::OAuthClient: return QStringLiteral("oauth-client");
    case SubjectKind::TrusteeUser: return QStringLiteral("trustee-user");
    case SubjectKind::TrusteeGroup: return QStringLiteral("trustee-group");
    case SubjectKind::Unknown: break;
    }
    return QStringLiteral("unknown");
}

SubjectKind subjectKindFromApi(const QString &type)
{
    static const QHash<QString, SubjectKind> kinds{
        {QStringLiteral("PC_USER"), SubjectKind::User},
        {QStringLiteral("PC_GROUP"), SubjectKind::Group},
        {QStringLiteral("PC_TEAM"), SubjectKind::Team},
        {QStringLiteral("PC_OAUTH_CLIENT"), SubjectKind::OAuthClient},
        {QStringLiteral("PC_TRUSTEE_USER"), SubjectKind::TrusteeUser},
        {QStringLiteral("PC_TRUSTEE_GROUP"), SubjectKind::TrusteeGroup},
    };
    return kinds.value(type, SubjectKind::Unknown);
}

std::vector<Holding> Resolver::Private::holdings(uint32_t subject) const
{
    const std::span<const Holding> direct = own(subject);
    std::vector<Holding> held(direct.begin(), direct.end());
    forEachInherited(subject, [&](int32_t link, Holding holding) {
        holding.via = link;
        held.push_back(holding);
    });
    std::ranges::sort(held);
    const auto rest = std::ranges::unique(held);
    held.erase(rest.begin(), rest.end());
    return held;
}

AccessPath Resolver::Private::route(const Holding &holding) const
{
    AccessPath path;
    const RoleTable::Role &role = roles.role(holding.role);
    if (holding.via >= 0) {
        path.containers = chain(holding.via);
        const Subject &container = path.containers.constFirst();
        path.via = container.kind;
        path.containerId = container.id;
        path.containerName = container.name;
    }
    path.roleId = role.id;
    path.roleName = role.name;
    path.divisionId = divisionIds.at(holding.division);
    path.divisionName = divisionNames.value(path.divisionId);
    path.synthetic = holding.synthetic;
    path.defaultRole = role.isDefault;
    return path;
}

void Resolver::Private::complete(AccessPath &path, uint32_t permission, const RoleTable::Line &line) const
{
    path.policy = roles.text(line.words);
    path.conditional = line.conditional;
    path.divisionAware = roles.permission(permission).divisionAware;
    path.divisionUnclear = !roles.permission(permission).isAwarenessKnown;
}

void Resolver::Private::sortPaths(QList<AccessPath> &paths)
{
    const auto rank = [](const AccessPath &path) { return path.via == SubjectKind::User ? 0 : 1; };
    const auto rest = [](const AccessPath &path) {
        return std::tie(path.containerName, path.containerId, path.roleName, path.roleId, path.divisionName, path.divisionId, path.policy,
                        path.conditional, path.synthetic);
    };
    const auto steps = [](const Subject &left, const Subject &right) { return orderOf(left) < orderOf(right); };
    if (paths.size() < 2) {
        return;
    }
    std::ranges::sort(paths, [&](const AccessPath &left, const AccessPath &right) {
        if (rank(left) != rank(right)) {
            return rank(left) < rank(right);
        }
        if (left.isNested() != right.isNested()) {
            return right.isNested();
        }
        if (rest(left) != rest(right)) {
            return rest(left) < rest(right);
        }
        return std::ranges::lexicographical_compare(left.containers, right.containers, steps);
    });
}

QList<EffectivePermission> Resolver::Private::permissionsFrom(std::map<uint32_t, QList<AccessPath>> found,
                                                              const std::vector<DenyRef> &refs) const
{
    QList<EffectivePermission> list;
    list.reserve(static_cast<qsizetype>(found.size()));
    for (auto &[permission, paths] : found) {
        const RoleTable::Permission &words = roles.permission(permission);
        sortPaths(paths);
        list.append({roles.text(words.domain), roles.text(words.entity), roles.text(words.action), std::move(paths),
                     refs.empty() ? QList<Denial>() : denials(refs, roles.wordsOf(permission))});
    }
    std::ranges::sort(list, {}, [](const EffectivePermission &entry) { return std::tie(entry.domain, entry.entityType, entry.action); });
    return list;
}

QString Resolver::Private::notCapturedText(SubjectKind kind)
{
    return QStringLiteral("This %1 is named by a grant or a membership, but was not captured itself.").arg(subjectKindName(kind));
}

QStringList Resolver::Private::gapsOf(uint32_t subject, const std::vector<Holding> &held) const
{
    const Node &at = nodes[subject];
    QStringList all = caveats;
    all += kindCaveats.value(at.self.kind);
    if (!at.seen && at.self.kind != SubjectKind::TrusteeUser && at.self.kind != SubjectKind::TrusteeGroup) {
        all.append(notCapturedText(at.self.kind));
    }
    all += subjectCaveats.value(at.self.id);
    if (!subjectCaveats.isEmpty()) {
        forEachWay(subject, [&](int32_t link) { all += subjectCaveats.value(nodes[links[static_cast<size_t>(link)].container].self.id); });
    }
    uint32_t last = UINT32_MAX;
    for (const Holding &holding : held) { // sorted by role
        if (holding.role == last || !roleHasGap[holding.role]) {
            continue;
        }
        last = holding.role;
        const RoleTable::Role &role = roles.role(holding.role);
        if (!role.defined) {
            all.append(
                QStringLiteral("Role “%1” is granted, but its definition was not seen: what it allows is unknown.").arg(role.label()));
        }
        all += role.caveats;
    }
    all.removeDuplicates();
    return all;
}

QStringList Resolver::Private::notesOf(uint32_t subject, const std::vector<Holding> &held) const
{
    const Node &at = nodes[subject];
    QStringList all = subjectNotes.value(at.self.id) + nodeNotes.value(subject);
    for (const uint32_t container : containersOf(subject)) {
        const Node &through = nodes[container];
        if (!through.rolesEnabled && through.ownTo > through.ownFrom) {
            all.append(QStringLiteral("Roles are not enabled for %1 “%2”: its %3 grants do not reach its members and are not counted.")
                           .arg(subjectKindName(through.self.kind), label(through.self), QString::number(through.ownTo - through.ownFrom)));
        }
        if (through.rolesEnabled && !subjectNotes.isEmpty()) {
            all += subjectNotes.value(through.self.id);
        }
    }
    for (const Holding &holding : held) {
        if (holding.via >= 0 && links[static_cast<size_t>(holding.via)].inner >= 0) {
            all.append(
                QStringLiteral("Some rights come through a group or team inside another, though the platform is said not to nest them."));
            break;
        }
    }
    if (at.hasManyWays) {
        all.append(QStringLiteral("“%1” is inside groups and teams in more ways than are listed.").arg(label(at.self)));
    }
    if (isContainer(at.self.kind) && !at.rolesEnabled && at.ownTo > at.ownFrom) {
        all.append(
            QStringLiteral("Roles are not enabled for this %1: its grants do not reach its members.").arg(subjectKindName(at.self.kind)));
    }
    all.removeDuplicates();
    return all;
}

Resolver::Resolver(Facts facts) : d(std::make_unique<Private>(facts))
{
    // What building found comes after what reading found.
    const auto after = [](auto &first, auto &second) {
        for (auto it = second.cbegin(); it != second.cend(); ++it) {
            first[it.key()] += it.value();
        }
        return std::move(first);
    };
    d->caveats = facts.caveats + d->caveats;
    d->kindCaveats = after(facts.kindCaveats, d->kindCaveats);
    d->subjectCaveats = after(facts.subjectCaveats, d->subjectCaveats);
    d->subjectNotes = after(facts.subjectNotes, d->subjectNotes);
    d->divisionNames = std::move(facts.divisionNames);
    d->emails = std::move(facts.emails);
}

Resolver::Resolver(Resolver &&) noexcept = default;
Resolver &Resolver::operator=(Resolver &&) noexcept = default;
Resolver::~Resolver() = default;

const QList<Subject> &Resolver::subjects() const
{
    return d->sorted;
}

Result<Subject> Resolver::findSubject(const QString &idOrName) const
{
    const QString wanted = idOrName.trimmed();
    // Only an id stands for itself. A name may be chosen to look like another's address, so whatever fits by name or address must be one and the same.
    QList<Subject> found;
    for (size_t kind = 0; kind < d->index.size(); ++kind) {
        if (const uint32_t *at = d->find(static_cast<SubjectKind>(kind), wanted)) {
            found.append(d->nodes[*at].self);
        }
    }
    if (found.isEmpty() && !wanted.isEmpty()) {
        for (const Subject &subject : std::as_const(d->sorted)) {
            if (subject.name == wanted
                || (subject.kind == SubjectKind::User && wanted.contains(u'@')
                    && d->emails.value(subject.id).compare(wanted, Qt::CaseInsensitive) == 0)) {
                found.append(subject);
            }
        }
    }
    if (found.size() == 1) {
        return found.first();
    }
    if (found.isEmpty()) {
        return Error::make(ErrorCode::NotFound, QStringLiteral("no subject of this id, exact name or e-mail address in this snapshot"),
                           wanted);
    }
    QStringList candidates;
    for (const auto those = found.first(std::min<qsizetype>(found.size(), ListedAtMost)); const Subject &subject : those) {
        candidates.append(subjectKindName(subject.kind) + u' ' + subject.id);
    }
    candidates.sort();
    return Error::make(
        ErrorCode::Ambiguous,
        QStringLiteral("%1 subjects fit by name or e-mail address; name one by its id: %2").arg(found.size()).arg(candidates.join(u", ")),
        wanted);
}

EffectiveAccess Resolver::effective(const Subject &subject) const
{
    EffectiveAccess access;
    access.subject = subject;
    const uint32_t *position = d->find(subject.kind, subject.id);
    if (!position) {
        access.caveats = d->caveats;
        access.caveats.append(QStringLiteral("This subject is not in this snapshot."));
        return access;
    }
    const uint32_t at = *position;
    access.subject = d->nodes[at].self;
    const std::vector<Holding> held = d->holdings(at);

    std::map<uint32_t, QList<AccessPath>> found;
    QSet<QString> roleNames;
    for (const Holding &holding : held) {
        const RoleTable::Role &role = d->roles.role(holding.role);
        roleNames.insert(role.label());
        AccessPath path = d->route(holding);
        for (const RoleTable::Atom &atom : role.atoms) {
            d->complete(path, atom.permission, role.lines[atom.line]);
            found[atom.permission].append(path);
        }
    }
    access.permissions = d->permissionsFrom(std::move(found), d->denyRefs(at));
    access.roles = QStringList(roleNames.begin(), roleNames.end());
    access.roles.sort();
    for (const Holding &holding : held) { // sorted by role, then division
        const QString &role = d->roles.role(holding.role).id, division = d->divisionIds.at(holding.division);
        if (access.grants.isEmpty() || access.grants.last().roleId != role || access.grants.last().divisionId != division) {
            access.grants.append({role, d->roles.role(holding.role).name, division, d->divisionNames.value(division), true});
        }
        access.grants.last().synthetic = access.grants.last().synthetic && holding.synthetic;
    }
    std::ranges::sort(access.grants, {}, [](const HeldGrant &grant) { return std::tie(grant.roleId, grant.divisionId); });
    QSet<uint32_t> in;
    for (const uint32_t container : d->containersOf(at)) {
        in.insert(container);
        for (uint32_t link = d->nodes[container].linkFrom; link < d->nodes[container].linkTo; ++link) {
            in.insert(d->links[link].container);
        }
    }
    in.remove(at);
    for (const uint32_t container : std::as_const(in)) {
        access.containers.append(d->nodes[container].self);
    }
    std::ranges::sort(access.containers, {}, orderOf);
    access.caveats = d->gapsOf(at, held);
    access.notes = d->notesOf(at, held);
    if (!access.permissions.isEmpty()) {
        access.notes += d->notes;
    }
    return access;
}

QList<std::pair<Subject, QList<AccessPath>>> Resolver::whoCan(const QString &permission) const
{
    const QString asked = permission.trimmed();
    const std::vector<uint32_t> wanted = d->roles.matching(asked);
    const Resolution &resolution = d->resolution();
    QList<std::pair<Subject, QList<AccessPath>>> result;
    for (const uint32_t rank : resolution.ranksHolding(resolution.rolesWith(wanted))) {
        const uint32_t at = d->byRank[rank];
        if (isDenied(d->denials(resolution.denyRefs(at), *d->roles.wordsOf(asked)))) {
            continue;
        }
        QList<AccessPath> paths;
        for (const Holding &holding : d->holdings(at)) {
            const RoleTable::Role &role = d->roles.role(holding.role);
            for (const uint32_t index : wanted) {
                for (const RoleTable::Atom &atom : role.atomsOf(index)) {
                    paths.append(d->route(holding));
                    d->complete(paths.last(), index, role.lines[atom.line]);
                }
            }
        }
        if (!paths.isEmpty()) {
            Private::sortPaths(paths);
            result.append({d->nodes[at].self, std::move(paths)});
        }
    }
    return result;
}

QStringList Resolver::caveats() const
{
    QStringList all = d->caveats;
    for (const SubjectKind kind : {SubjectKind::User, SubjectKind::Group, SubjectKind::Team, SubjectKind::OAuthClient}) {
        all += d->kindCaveats.value(kind);
    }
    for (uint32_t role = 0; role < d->roles.roleCount(); ++role) {
        const RoleTable::Role &at = d->roles.role(role);
        if (!at.defined) {
            all.append(QStringLiteral("Role “%1” is granted, but its definition was not seen: what it allows is unknown.").arg(at.label()));
        }
        all += at.caveats;
    }
    QStringList ids = d->subjectCaveats.keys();
    ids.sort();
    const qsizetype known = ids.size();
    for (const QStringList named = ids.first(std::min<qsizetype>(known, ListedAtMost)); const QString &id : named) {
        QString name = id;
        for (size_t kind = 0; kind < d->index.size(); ++kind) {
            if (const uint32_t *at = d->find(static_cast<SubjectKind>(kind), id)) {
                name = label(d->nodes[*at].self);
                break;
            }
        }
        for (const QStringList &sentences = d->subjectCaveats[id]; const QString &sentence : sentences) {
            all.append(u'“' + name + QStringLiteral("”: ") + sentence);
        }
    }
    if (known > ListedAtMost) {
        all.append(QStringLiteral("Of %1 more subjects something is not known.").arg(known - ListedAtMost));
    }
    all.removeDuplicates();
    return all;
}

QStringList Resolver::notes() const
{
    return d->notes;
}

PoliciesSeen Resolver::policiesSeen() const
{
    return d->policiesSeen;
}

QStringList Resolver::permissions() const
{
    QStringList all;
    all.reserve(d->roles.permissionCount());
    for (uint32_t index = 0; index < d->roles.permissionCount(); ++index) {
        all.append(d->roles.permissionText(index));
    }
    all.sort();
    all.removeDuplicates();
    return all;
}

} // namespace Orgtrace::Access
