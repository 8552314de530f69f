#include "access/resolver_p.h"

#include <QSet>

#include <algorithm>
#include <map>

namespace Orgtrace::Access {

namespace {
constexpr int ListedAtMost = 20; // names inside one caveat list; the rest is counted
} // namespace

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

void Resolver::Private::readSubjects(const Facts &facts)
{
    nodes.reserve(static_cast<size_t>(facts.subjects.size() + facts.containers.size()));
    for (const Subject &subject : facts.subjects) {
        if (subject.id.isEmpty()) {
            continue;
        }
        Node &at = nodes[node(subject.kind, subject.id)];
        at.seen = true;
        if (at.self.name.isEmpty()) {
            at.self.name = subject.name;
        }
    }
}

void Resolver::Private::readContainers(const Facts &facts)
{
    QSet<QString> containerIds;
    for (const Container &container : facts.containers) {
        containerIds.insert(container.self.id);
    }
    for (const Container &container : facts.containers) {
        if (container.self.id.isEmpty() || !isContainer(container.self.kind)) {
            continue;
        }
        const uint32_t position = node(container.self.kind, container.self.id);
        nodes[position].seen = true;
        nodes[position].rolesEnabled = container.rolesEnabled;
        nodes[position].membersKnown = container.membersKnown;
        if (nodes[position].self.name.isEmpty()) {
            nodes[position].self.name = container.self.name;
        }
        bool nested = false;
        for (const QString &member : container.members) {
            if (member.isEmpty()) {
                continue;
            }
            // Containers inside containers do not exist on the platform: nothing is inherited through them.
            if (containerIds.contains(member) && !index.contains({SubjectKind::User, member})) {
                nested = true;
                continue;
            }
            nodes[node(SubjectKind::User, member)].containers.push_back(position);
        }
        if (nested) {
            subjectNotes[container.self.id].append(
                QStringLiteral("“%1” lists a group or team among its members: nothing is inherited through that.")
                    .arg(label(container.self)));
        }
    }
}

void Resolver::Private::readGrants(const Facts &facts)
{
    for (const Grant &grant : facts.grants) {
        if (grant.subjectId.isEmpty() || grant.roleId.isEmpty()) {
            const QString id = grant.subjectId;
            (id.isEmpty() ? caveats : subjectCaveats[id]).append(QStringLiteral("A grant names no role or no subject: it is left out."));
            continue;
        }
        uint32_t subject = 0;
        Holding holding{roles.roleIndex(grant.roleId, grant.roleName), division(grant.divisionId), -1, grant.synthetic};
        if (grant.inheritedFrom.isEmpty() || grant.inheritedFrom == grant.subjectId) {
            SubjectKind kind = grant.subjectKind;
            if (kind == SubjectKind::Unknown) {
                for (const SubjectKind known : {SubjectKind::User, SubjectKind::Group, SubjectKind::Team, SubjectKind::OAuthClient}) {
                    if (index.contains({known, grant.subjectId})) {
                        kind = known;
                        break;
                    }
                }
            }
            subject = node(kind, grant.subjectId);
        } else {
            // The platform itself says that this subject inherits from that container: as good as a membership.
            subject = node(grant.subjectKind == SubjectKind::Unknown ? SubjectKind::User : grant.subjectKind, grant.subjectId);
            const bool team
                = index.contains({SubjectKind::Team, grant.inheritedFrom}) && !index.contains({SubjectKind::Group, grant.inheritedFrom});
            holding.via = static_cast<int32_t>(node(team ? SubjectKind::Team : SubjectKind::Group, grant.inheritedFrom));
            holding.synthetic = holding.synthetic || team;
            nodes[subject].containers.push_back(static_cast<uint32_t>(holding.via));
        }
        nodes[subject].own.push_back(holding);
        if (grant.divisionId.isEmpty()) {
            subjectCaveats[grant.subjectId].append(
                QStringLiteral("A grant of role “%1” names no division: where it holds is unknown.").arg(roles.role(holding.role).label()));
        }
    }
}

void Resolver::Private::finish(const Facts &facts)
{
    for (Node &at : nodes) {
        if (at.self.kind == SubjectKind::User && at.self.name.isEmpty()) {
            at.self.name = facts.unlistedNames.value(at.self.id);
        }
        std::ranges::sort(at.own);
        const auto restOfOwn = std::ranges::unique(at.own);
        at.own.erase(restOfOwn.begin(), restOfOwn.end());
        std::ranges::sort(at.containers);
        const auto restOfContainers = std::ranges::unique(at.containers);
        at.containers.erase(restOfContainers.begin(), restOfContainers.end());
        sorted.append(at.self);
        byId[at.self.id].append(at.self);
        if (!at.self.name.isEmpty()) {
            byName[at.self.name].append(at.self);
        }
        if (at.self.kind == SubjectKind::User) {
            if (const QString email = facts.emails.value(at.self.id); !email.isEmpty()) {
                byEmail[email.toCaseFolded()].append(at.self);
            }
        }
    }
    std::ranges::sort(sorted, {}, orderOf);

    QStringList unknownMembers;
    for (const Subject &subject : std::as_const(sorted)) {
        const Node &at = nodes[index.value({subject.kind, subject.id})];
        if (isContainer(subject.kind) && !at.own.empty() && (!at.seen || !at.membersKnown)) {
            unknownMembers.append(
                QStringLiteral("The members of %1 “%2”, which holds %3 grants, were not seen: whoever is in it holds them as well.")
                    .arg(subjectKindName(subject.kind), label(subject), QString::number(at.own.size())));
        }
        if (subject.kind == SubjectKind::TrusteeGroup && !at.own.empty()) {
            caveats.append(QStringLiteral("Group “%1” of another organisation holds grants here: its members cannot be seen from here.")
                               .arg(label(subject)));
        }
    }
    const qsizetype all = unknownMembers.size();
    unknownMembers.resize(std::min<qsizetype>(all, ListedAtMost));
    if (all > ListedAtMost) {
        unknownMembers.append(QStringLiteral("The members of %1 more groups and teams with grants were not seen.").arg(all - ListedAtMost));
    }
    kindCaveats[SubjectKind::User] += unknownMembers;
}

std::vector<Holding> Resolver::Private::holdings(uint32_t subject) const
{
    std::vector<Holding> held = nodes[subject].own;
    for (const uint32_t container : nodes[subject].containers) {
        if (!nodes[container].rolesEnabled) {
            continue;
        }
        for (Holding holding : nodes[container].own) {
            if (holding.via < 0) { // a container inherits from nobody
                holding.via = static_cast<int32_t>(container);
                held.push_back(holding);
            }
        }
    }
    std::ranges::sort(held);
    const auto rest = std::ranges::unique(held);
    held.erase(rest.begin(), rest.end());
    return held;
}

AccessPath Resolver::Private::path(const Holding &holding, const RoleTable::Permission &permission, const RoleTable::Line &line) const
{
    AccessPath path;
    const RoleTable::Role &role = roles.role(holding.role);
    if (holding.via >= 0) {
        const Subject &container = nodes[static_cast<size_t>(holding.via)].self;
        path.via = container.kind;
        path.containerId = container.id;
        path.containerName = container.name;
    }
    path.roleId = role.id;
    path.roleName = role.name;
    path.divisionId = divisionIds.at(holding.division);
    path.divisionName = divisionNames.value(path.divisionId);
    path.policy = line.text;
    path.conditional = line.conditional;
    path.synthetic = holding.synthetic;
    path.divisionAware = permission.divisionAware;
    path.defaultRole = role.isDefault;
    return path;
}

void Resolver::Private::sortPaths(QList<AccessPath> &paths)
{
    const auto rank = [](const AccessPath &path) { return path.via == SubjectKind::User ? 0 : 1; };
    const auto rest = [](const AccessPath &path) {
        return std::tie(path.containerName, path.containerId, path.roleName, path.roleId, path.divisionName, path.divisionId, path.policy,
                        path.conditional, path.synthetic);
    };
    std::ranges::sort(paths, [&](const AccessPath &left, const AccessPath &right) {
        return rank(left) != rank(right) ? rank(left) < rank(right) : rest(left) < rest(right);
    });
}

QList<EffectivePermission> Resolver::Private::permissionsFrom(std::map<uint32_t, QList<AccessPath>> found) const
{
    QList<EffectivePermission> list;
    list.reserve(static_cast<qsizetype>(found.size()));
    for (auto &[permission, paths] : found) {
        const RoleTable::Permission &words = roles.permission(permission);
        sortPaths(paths);
        list.append({roles.text(words.domain), roles.text(words.entity), roles.text(words.action), std::move(paths)});
    }
    std::ranges::sort(list, {}, [](const EffectivePermission &entry) { return std::tie(entry.domain, entry.entityType, entry.action); });
    return list;
}

QStringList Resolver::Private::gapsOf(uint32_t subject, const std::vector<Holding> &held) const
{
    const Node &at = nodes[subject];
    QStringList all = caveats;
    all += kindCaveats.value(at.self.kind);
    if (!at.seen && at.self.kind != SubjectKind::TrusteeUser && at.self.kind != SubjectKind::TrusteeGroup) {
        all.append(
            QStringLiteral("This %1 is named by a grant or a membership, but was not captured itself.").arg(subjectKindName(at.self.kind)));
    }
    all += subjectCaveats.value(at.self.id);
    for (const uint32_t container : at.containers) {
        if (const Node &through = nodes[container]; through.rolesEnabled) {
            all += subjectCaveats.value(through.self.id);
        }
    }
    QSet<uint32_t> seenRoles;
    for (const Holding &holding : held) {
        if (seenRoles.contains(holding.role)) {
            continue;
        }
        seenRoles.insert(holding.role);
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

QStringList Resolver::Private::notesOf(uint32_t subject) const
{
    const Node &at = nodes[subject];
    QStringList all = subjectNotes.value(at.self.id);
    for (const uint32_t container : at.containers) {
        const Node &through = nodes[container];
        if (!through.rolesEnabled && !through.own.empty()) {
            all.append(QStringLiteral("Roles are not enabled for %1 “%2”: its %3 grants do not reach its members and are not counted.")
                           .arg(subjectKindName(through.self.kind), label(through.self), QString::number(through.own.size())));
        }
        if (through.rolesEnabled) {
            all += subjectNotes.value(through.self.id);
        }
    }
    if (isContainer(at.self.kind) && !at.rolesEnabled && !at.own.empty()) {
        all.append(
            QStringLiteral("Roles are not enabled for this %1: its grants do not reach its members.").arg(subjectKindName(at.self.kind)));
    }
    all.removeDuplicates();
    return all;
}

Resolver::Resolver(Facts facts) : d(std::make_unique<Private>(facts))
{
    d->caveats = std::move(facts.caveats);
    d->kindCaveats = std::move(facts.kindCaveats);
    d->subjectCaveats = std::move(facts.subjectCaveats);
    d->subjectNotes = std::move(facts.subjectNotes);
    d->divisionNames = std::move(facts.divisionNames);
    d->readSubjects(facts);
    d->readContainers(facts);
    d->readGrants(facts);
    d->finish(facts);
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
    QList<Subject> found = d->byId.value(wanted);
    if (found.isEmpty()) {
        found = d->byName.value(wanted);
        for (const QList<Subject> byEmail = d->byEmail.value(wanted.toCaseFolded()); const Subject &subject : byEmail) {
            if (!found.contains(subject)) {
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
    const auto position = d->index.constFind({subject.kind, subject.id});
    if (position == d->index.constEnd()) {
        access.caveats = d->caveats;
        access.caveats.append(QStringLiteral("This subject is not in this snapshot."));
        return access;
    }
    const uint32_t at = position.value();
    access.subject = d->nodes[at].self;
    const std::vector<Holding> held = d->holdings(at);

    std::map<uint32_t, QList<AccessPath>> found;
    QSet<QString> roleNames;
    for (const Holding &holding : held) {
        const RoleTable::Role &role = d->roles.role(holding.role);
        roleNames.insert(role.label());
        for (const RoleTable::Atom &atom : role.atoms) {
            found[atom.permission].append(d->path(holding, d->roles.permission(atom.permission), role.lines[atom.line]));
        }
    }
    access.permissions = d->permissionsFrom(std::move(found));
    access.roles = QStringList(roleNames.begin(), roleNames.end());
    access.roles.sort();
    for (const uint32_t container : d->nodes[at].containers) {
        access.containers.append(d->nodes[container].self);
    }
    std::ranges::sort(access.containers, {}, orderOf);
    access.caveats = d->gapsOf(at, held) + d->notesOf(at);
    access.caveats.removeDuplicates();
    return access;
}

QList<std::pair<Subject, QList<AccessPath>>> Resolver::whoCan(const QString &permission) const
{
    const std::vector<uint32_t> wanted = d->roles.matching(permission.trimmed());
    // One bit a role decides most holdings without a look at the role.
    std::vector<bool> holds(d->roles.roleCount());
    for (uint32_t role = 0; role < d->roles.roleCount(); ++role) {
        holds[role] = std::ranges::any_of(wanted, [&](uint32_t index) { return !d->roles.role(role).atomsOf(index).empty(); });
    }
    QList<std::pair<Subject, QList<AccessPath>>> result;
    for (const Subject &subject : std::as_const(d->sorted)) {
        const uint32_t at = d->index.value({subject.kind, subject.id});
        const auto any
            = [&](const Node &node) { return std::ranges::any_of(node.own, [&](const Holding &holding) { return holds[holding.role]; }); };
        const Node &node = d->nodes[at];
        if (!any(node) && std::ranges::none_of(node.containers, [&](uint32_t container) { return any(d->nodes[container]); })) {
            continue;
        }
        QList<AccessPath> paths;
        for (const Holding &holding : d->holdings(at)) {
            if (!holds[holding.role]) {
                continue;
            }
            const RoleTable::Role &role = d->roles.role(holding.role);
            for (const uint32_t index : wanted) {
                for (const RoleTable::Atom &atom : role.atomsOf(index)) {
                    paths.append(d->path(holding, d->roles.permission(index), role.lines[atom.line]));
                }
            }
        }
        if (!paths.isEmpty()) {
            Private::sortPaths(paths);
            result.append({subject, std::move(paths)});
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
        const QList<Subject> those = d->byId.value(id);
        for (const QStringList &sentences = d->subjectCaveats[id]; const QString &sentence : sentences) {
            all.append(u'“' + (those.isEmpty() ? id : label(those.first())) + QStringLiteral("”: ") + sentence);
        }
    }
    if (known > ListedAtMost) {
        all.append(QStringLiteral("Of %1 more subjects something is not known.").arg(known - ListedAtMost));
    }
    all.removeDuplicates();
    return all;
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
