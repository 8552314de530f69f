#include "access/resolver_p.h"

#include <QSet>

#include <algorithm>
#include <map>

// Who can, could they, and why not: questions about single permissions.
namespace Orgtrace::Access {

namespace {

constexpr qsizetype RolesNamedAtMost = 50;

enum class Reach { Yes, No, Unknown };

/// Whether a path leads into a division; an empty one asks for anywhere.
Reach reachOf(const AccessPath &path, const QString &divisionId)
{
    if (divisionId.isEmpty() || !path.divisionAware || path.divisionId == u"*" || path.divisionId == divisionId) {
        return Reach::Yes;
    }
    return path.divisionId.isEmpty() ? Reach::Unknown : Reach::No;
}

Result<void> checkPattern(const QString &pattern, bool mayBePattern)
{
    const QStringList parts = pattern.split(u':');
    if (parts.size() != 3 || parts.contains(QString())) {
        return Error::make(ErrorCode::BadInput, QStringLiteral("a permission is domain:entity:action, e.g. routing:queue:edit"),
                           pattern.left(200));
    }
    if (!mayBePattern && parts.contains(u"*")) {
        return Error::make(ErrorCode::BadInput, QStringLiteral("this asks for one permission: it has no *"), pattern.left(200));
    }
    return {};
}

} // namespace

Result<QString> Resolver::findDivision(const QString &idOrName) const
{
    QString wanted = idOrName.trimmed();
    if (wanted == u"*" || d->divisionNames.contains(wanted) || (!wanted.isEmpty() && d->divisionIndex.contains(wanted))) {
        return wanted;
    }
    QStringList found, names;
    for (auto it = d->divisionNames.cbegin(); it != d->divisionNames.cend(); ++it) {
        if (it.key() == u"*") {
            continue;
        }
        names.append(it.value());
        if (it.value().compare(wanted, Qt::CaseInsensitive) == 0) {
            found.append(it.key());
        }
    }
    if (found.size() == 1) {
        return found.first();
    }
    if (found.size() > 1) {
        found.sort();
        return Error::make(ErrorCode::Ambiguous,
                           QStringLiteral("%1 divisions have this name; name one by its id: %2")
                               .arg(found.size())
                               .arg(found.first(std::min<qsizetype>(found.size(), 20)).join(u", ")),
                           wanted);
    }
    names.sort();
    return Error::make(ErrorCode::NotFound,
                       QStringLiteral("the snapshot has no division '%1'; it has %2")
                           .arg(wanted.left(200),
                                names.isEmpty() ? QStringLiteral("none") : names.first(std::min<qsizetype>(names.size(), 50)).join(u", ")),
                       wanted);
}

Result<QList<Holder>> Resolver::holders(const QString &pattern, const QString &divisionId) const
{
    const QString asked = pattern.trimmed();
    if (auto good = checkPattern(asked, true); !good) {
        return std::unexpected(good.error());
    }
    const std::vector<uint32_t> wanted = d->roles.matchingPattern(asked);
    if (wanted.empty() && d->roles.knowsCatalogue()) { // "nobody" would be an answer to a question that was not meant
        return Error::make(ErrorCode::NotFound,
                           QStringLiteral("no permission of this name: neither the organisation's catalogue nor a role knows it"),
                           asked.left(200));
    }
    std::vector<std::vector<RoleTable::Atom>> fitting(d->roles.roleCount()); // of each role, what was asked for
    for (uint32_t role = 0; role < d->roles.roleCount(); ++role) {
        const std::vector<RoleTable::Atom> &atoms = d->roles.role(role).atoms;
        auto next = wanted.begin();
        for (const RoleTable::Atom &atom : atoms) { // both are sorted
            next = std::lower_bound(next, wanted.end(), atom.permission);
            if (next == wanted.end()) {
                break;
            }
            if (*next == atom.permission) {
                fitting[role].push_back(atom);
            }
        }
    }
    const auto holdsAny = [&](const Node &node) {
        return std::ranges::any_of(node.own, [&](const Holding &holding) { return !fitting[holding.role].empty(); });
    };
    QList<Holder> result;
    for (const Subject &subject : std::as_const(d->sorted)) {
        const uint32_t at = d->index.value({subject.kind, subject.id});
        const Node &node = d->nodes[at];
        if (isContainer(subject.kind) && !node.rolesEnabled) {
            continue;
        }
        if (!holdsAny(node) && std::ranges::none_of(node.containers, [&](uint32_t container) { return holdsAny(d->nodes[container]); })) {
            continue;
        }
        std::map<uint32_t, QList<AccessPath>> found;
        const std::vector<Holding> held = d->holdings(at);
        bool isFree = false, isConditional = false;
        for (const Holding &holding : held) {
            for (const RoleTable::Atom &atom : fitting[holding.role]) {
                const AccessPath path
                    = d->path(holding, d->roles.permission(atom.permission), d->roles.role(holding.role).lines[atom.line]);
                const Reach reach = reachOf(path, divisionId);
                if (reach != Reach::No) {
                    found[atom.permission].append(path);
                    isFree = isFree || (reach == Reach::Yes && !path.conditional);
                    isConditional = isConditional || (reach == Reach::Yes && path.conditional);
                }
            }
        }
        if (!found.empty()) {
            using Answer = Verdict::Answer;
            result.append({subject,
                           isFree              ? Answer::Yes
                               : isConditional ? Answer::Conditional
                                               : Answer::NotSeen,
                           d->permissionsFrom(std::move(found)), d->gapsOf(at, held), d->notesOf(at)});
        }
    }
    return result;
}

Result<Verdict> Resolver::can(const Subject &subject, const QString &permission, const QString &divisionId) const
{
    const QString asked = permission.trimmed();
    if (auto good = checkPattern(asked, false); !good) {
        return std::unexpected(good.error());
    }
    const std::vector<uint32_t> wanted = d->roles.matching(asked);
    const auto position = d->index.constFind({subject.kind, subject.id});
    if (position == d->index.constEnd()) {
        return Error::make(ErrorCode::NotFound, QStringLiteral("this subject is not in this snapshot"), subject.id);
    }
    if (wanted.empty() && d->roles.knowsCatalogue()) {
        return Error::make(ErrorCode::NotFound,
                           QStringLiteral("no permission of this name: neither the organisation's catalogue nor a role knows it"), asked);
    }
    const uint32_t at = position.value();
    const std::vector<Holding> held = d->holdings(at);
    Verdict verdict;
    verdict.subject = d->nodes[at].self;
    verdict.caveats = d->gapsOf(at, held);
    verdict.notes = d->notesOf(at);
    const bool reachesNobody = isContainer(verdict.subject.kind) && !d->nodes[at].rolesEnabled;

    const auto pathsOf = [&](const std::vector<Holding> &through) {
        QList<AccessPath> paths;
        for (const Holding &holding : through) {
            for (const uint32_t index : wanted) {
                for (const RoleTable::Atom &atom : d->roles.role(holding.role).atomsOf(index)) {
                    paths.append(d->path(holding, d->roles.permission(index), d->roles.role(holding.role).lines[atom.line]));
                }
            }
        }
        Private::sortPaths(paths);
        return paths;
    };
    using Kind = Verdict::Miss::Kind;
    Verdict::Miss unknown{Kind::UnknownDivision, {}, {}}, elsewhere{Kind::OtherDivision, {}, {}}, notEnabled{Kind::RolesNotEnabled, {}, {}},
        otherAction{Kind::OtherAction, {}, {}};
    for (const QList<AccessPath> all = pathsOf(held); const AccessPath &path : all) {
        switch (reachOf(path, divisionId)) {
        case Reach::Yes: (reachesNobody ? notEnabled.paths : verdict.paths).append(path); break;
        case Reach::Unknown: unknown.paths.append(path); break;
        case Reach::No: elsewhere.paths.append(path); break;
        }
    }
    std::ranges::stable_partition(verdict.paths, [](const AccessPath &path) { return !path.conditional; });

    QSet<QString> roleNames;
    for (uint32_t role = 0; role < d->roles.roleCount(); ++role) {
        if (std::ranges::any_of(wanted, [&](uint32_t index) { return !d->roles.role(role).atomsOf(index).empty(); })) {
            roleNames.insert(d->roles.role(role).label());
        }
    }
    verdict.rolesWithIt = QStringList(roleNames.cbegin(), roleNames.cend());
    verdict.rolesWithIt.sort();
    verdict.rolesWithIt.resize(std::min(verdict.rolesWithIt.size(), RolesNamedAtMost));

    if (!verdict.paths.isEmpty() && !verdict.paths.first().conditional) {
        verdict.answer = Verdict::Answer::Yes;
        return verdict;
    }
    verdict.answer = !verdict.paths.isEmpty()                  ? Verdict::Answer::Conditional
        : verdict.caveats.isEmpty() && unknown.paths.isEmpty() ? Verdict::Answer::No
                                                               : Verdict::Answer::NotSeen;
    std::vector<Holding> idle;
    for (const uint32_t container : d->nodes[at].containers) {
        if (d->nodes[container].rolesEnabled) {
            continue;
        }
        for (Holding holding : d->nodes[container].own) {
            holding.via = static_cast<int32_t>(container);
            idle.push_back(holding);
        }
    }
    notEnabled.paths += pathsOf(idle);
    QSet<QString> others;
    const QString entity = asked.section(u':', 0, 1) + u':';
    for (const Holding &holding : held) {
        for (const RoleTable::Atom &atom : d->roles.role(holding.role).atoms) {
            const RoleTable::Permission &one = d->roles.permission(atom.permission);
            const AccessPath path = d->path(holding, one, d->roles.role(holding.role).lines[atom.line]);
            if (const QString text = d->roles.permissionText(atom.permission);
                text.startsWith(entity) && text != asked && reachOf(path, divisionId) == Reach::Yes) {
                others.insert(text);
            }
        }
    }
    otherAction.permissions = QStringList(others.cbegin(), others.cend());
    otherAction.permissions.sort();
    for (Verdict::Miss *miss : {&unknown, &elsewhere, &notEnabled, &otherAction}) {
        if (!miss->paths.isEmpty() || !miss->permissions.isEmpty()) {
            verdict.misses.append(std::move(*miss));
        }
    }
    return verdict;
}

} // namespace Orgtrace::Access
