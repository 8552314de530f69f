#include "access/resolution.h"

#include <QSet>

#include <algorithm>
#include <span>

// Who can, could they, and why not: questions about single permissions.
namespace Orgtrace::Access {

namespace {

constexpr qsizetype RolesNamedAtMost = 50;
constexpr qsizetype PathsSorted = 64; // of more paths than are wanted, so many are made and sorted, to list the plainest

enum class Reach { Yes, No, Unknown };

/// Whether a path leads into a division; an empty one asks for anywhere.
Reach reachOf(const AccessPath &path, const QString &divisionId)
{
    if (divisionId.isEmpty() || !path.divisionAware || path.divisionId == u"*" || path.divisionId == divisionId) {
        return Reach::Yes;
    }
    return path.divisionId.isEmpty() || path.divisionUnclear ? Reach::Unknown : Reach::No;
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

Result<QList<Holder>> Resolver::holders(const QString &pattern, const QString &divisionId, HolderLimits limits) const
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
    const Resolution &resolution = d->resolution();
    const std::vector<uint32_t> rolesWithIt = resolution.rolesWith(wanted);
    std::vector<std::vector<RoleTable::Atom>> fitting(d->roles.roleCount()); // of each role, what was asked for
    for (const uint32_t role : rolesWithIt) {
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
    const std::optional<RoleTable::Words> askedWords = d->roles.wordsOf(asked);
    const RoleTable::Words *single = askedWords && !askedWords->hasWildcard() ? &*askedWords : nullptr;
    std::vector<uint32_t> byName = wanted, nameRank(d->roles.permissionCount());
    std::ranges::sort(byName, {}, [this](uint32_t permission) {
        const RoleTable::Words parts = d->roles.wordsOf(permission);
        return std::tie(d->roles.text(parts.domain), d->roles.text(parts.entity), d->roles.text(parts.action));
    });
    for (uint32_t rank = 0; rank < byName.size(); ++rank) {
        nameRank[byName[rank]] = rank;
    }
    struct Found {
        uint32_t permission = 0;
        const Holding *holding = nullptr;
        const RoleTable::Line *line = nullptr;
        Reach reach = Reach::Yes;
    };
    std::vector<Found> found;
    // The paths that are wanted; all that there are only where they are few.
    const auto pathsOf = [&](std::span<Found> ways) {
        const auto wantedPaths = std::max<qsizetype>(limits.paths, 0), count = static_cast<qsizetype>(ways.size());
        const bool isCut = count > wantedPaths;
        if (isCut) {
            std::ranges::stable_partition(ways, [](const Found &one) { return !one.line->conditional; });
            ways = ways.first(static_cast<size_t>(std::min(count, std::max(wantedPaths, PathsSorted))));
        }
        QList<AccessPath> paths;
        paths.reserve(static_cast<qsizetype>(ways.size()));
        for (const Found &one : ways) {
            paths.append(d->route(*one.holding));
            d->complete(paths.last(), one.permission, *one.line);
        }
        Private::sortPaths(paths);
        if (isCut) {
            std::ranges::stable_partition(paths, [](const AccessPath &path) { return !path.conditional; });
            paths.resize(std::min(paths.size(), wantedPaths));
        }
        return paths;
    };
    using Answer = Verdict::Answer;
    QList<Holder> result;
    for (const uint32_t rank : resolution.ranksHolding(rolesWithIt)) {
        const uint32_t at = d->byRank[rank];
        const std::vector<Holding> held = d->holdings(at);
        found.clear();
        AccessPath probe;
        for (const Holding &holding : held) {
            const std::vector<RoleTable::Line> &lines = d->roles.role(holding.role).lines;
            for (const RoleTable::Atom &atom : fitting[holding.role]) {
                probe.divisionId = d->divisionIds.at(holding.division);
                probe.divisionAware = d->roles.permission(atom.permission).divisionAware;
                probe.divisionUnclear = !d->roles.permission(atom.permission).isAwarenessKnown;
                if (const Reach reach = reachOf(probe, divisionId); reach != Reach::No) {
                    found.push_back({atom.permission, &holding, &lines[atom.line], reach});
                }
            }
        }
        if (found.empty()) {
            continue;
        }
        std::ranges::stable_sort(found, {}, [&](const Found &one) { return nameRank[one.permission]; });
        Holder holder{d->nodes[at].self,
                      Answer::No,
                      {},
                      d->gapsOf(at, held),
                      d->notesOf(at, held),
                      d->nodes[at].self.kind == SubjectKind::User && d->inactive.contains(d->nodes[at].self.id)};
        const std::vector<DenyRef> &refs = resolution.denyRefs(at);
        bool isFree = false, isConditional = false, isElsewhere = false;
        for (auto from = found.begin(); from != found.end();) {
            const auto to = std::find_if(from, found.end(), [&](const Found &one) { return one.permission != from->permission; });
            const RoleTable::Words words = d->roles.wordsOf(from->permission);
            QList<Denial> denied = refs.empty() ? QList<Denial>() : d->denials(refs, single ? *single : words);
            if (!isDenied(denied)) {
                for (auto it = from; it != to; ++it) {
                    const bool isThere = it->reach == Reach::Yes, isBound = it->line->conditional || !denied.isEmpty();
                    isFree = isFree || (isThere && !isBound);
                    isConditional = isConditional || (isThere && isBound);
                    isElsewhere = isElsewhere || !isThere;
                }
            }
            if (holder.permissions.size() < limits.permissions) {
                QList<AccessPath> paths = pathsOf(std::span(from, to));
                const qsizetype more = static_cast<qsizetype>(to - from) - paths.size();
                holder.permissions.append({d->roles.text(words.domain), d->roles.text(words.entity), d->roles.text(words.action),
                                           std::move(paths), std::move(denied), more});
            } else {
                ++holder.morePermissions;
            }
            from = to;
        }
        holder.answer = isFree ? Answer::Yes : isConditional ? Answer::Conditional : isElsewhere ? Answer::NotSeen : Answer::No;
        result.append(std::move(holder));
    }
    return result;
}

Verdict::Answer Resolver::answer(const Subject &subject, const QString &permission, const QString &divisionId) const
{
    const QString asked = permission.trimmed();
    const uint32_t *at = d->find(subject.kind, subject.id);
    const auto words = d->roles.wordsOf(asked);
    return at && words ? d->resolution().answer(*at, d->roles.matching(asked), *words, divisionId) : Verdict::Answer::No;
}

QList<qsizetype> Resolver::subjectsWith(const QString &permission, const QString &divisionId) const
{
    const QString asked = permission.trimmed();
    const auto words = d->roles.wordsOf(asked);
    const std::vector<uint32_t> ranks
        = words ? d->resolution().ranksWith(d->roles.matching(asked), *words, divisionId) : std::vector<uint32_t>();
    return QList<qsizetype>(ranks.begin(), ranks.end());
}

Resolver::Extent Resolver::resolveAll(qsizetype bitsAtMost) const
{
    return d->resolution(bitsAtMost).extent();
}

Result<Verdict> Resolver::can(const Subject &subject, const QString &permission, const QString &divisionId) const
{
    const QString asked = permission.trimmed();
    if (auto good = checkPattern(asked, false); !good) {
        return std::unexpected(good.error());
    }
    const std::vector<uint32_t> wanted = d->roles.matching(asked);
    const uint32_t *position = d->find(subject.kind, subject.id);
    if (!position) {
        return Error::make(ErrorCode::NotFound, QStringLiteral("this subject is not in this snapshot"), subject.id);
    }
    if (wanted.empty() && d->roles.knowsCatalogue()) {
        return Error::make(ErrorCode::NotFound,
                           QStringLiteral("no permission of this name: neither the organisation's catalogue nor a role knows it"), asked);
    }
    const uint32_t at = *position;
    const std::vector<Holding> held = d->holdings(at);
    Verdict verdict;
    verdict.subject = d->nodes[at].self;
    verdict.caveats = d->gapsOf(at, held);
    verdict.notes = d->notesOf(at, held);
    const std::vector<DenyRef> refs = d->denyRefs(at);
    verdict.denied = d->denials(refs, *d->roles.wordsOf(asked));
    const bool reachesNobody = isContainer(verdict.subject.kind) && !d->nodes[at].rolesEnabled;

    const auto pathsOf = [&](const std::vector<Holding> &through) {
        QList<AccessPath> paths;
        for (const Holding &holding : through) {
            for (const uint32_t index : wanted) {
                for (const RoleTable::Atom &atom : d->roles.role(holding.role).atomsOf(index)) {
                    paths.append(d->route(holding));
                    d->complete(paths.last(), index, d->roles.role(holding.role).lines[atom.line]);
                }
            }
        }
        Private::sortPaths(paths);
        return paths;
    };
    const bool isTakenAway = isDenied(verdict.denied);
    using Kind = Verdict::Miss::Kind;
    Verdict::Miss denied{Kind::Denied, {}, {}}, byRoles{}, unknown{Kind::UnknownDivision, {}, {}}, unclear{Kind::UnclearDivision, {}, {}},
        elsewhere{Kind::OtherDivision, {}, {}}, notEnabled{Kind::RolesNotEnabled, {}, {}}, otherAction{Kind::OtherAction, {}, {}};
    for (const QList<AccessPath> all = pathsOf(held); const AccessPath &path : all) {
        switch (reachOf(path, divisionId)) {
        case Reach::Yes: (reachesNobody ? notEnabled : isTakenAway ? denied : byRoles).paths.append(path); break;
        case Reach::Unknown: (path.divisionId.isEmpty() ? unknown : unclear).paths.append(path); break;
        case Reach::No: elsewhere.paths.append(path); break;
        }
    }
    verdict.paths = std::move(byRoles.paths);
    if (isTakenAway && !denied.paths.isEmpty()) {
        verdict.notes.append(QStringLiteral("An access policy takes this away."));
    } else if (!verdict.denied.isEmpty() && !verdict.paths.isEmpty()) {
        verdict.notes.append(QStringLiteral("An access policy may take this away: what that depends on is recorded and not evaluated."));
    }
    if (!verdict.paths.isEmpty()) {
        verdict.notes += d->notes;
        if (d->roles.permission(wanted.front()).isWildcard) {
            verdict.notes.append(QStringLiteral(
                "The captured catalogue does not list this permission: a wildcard of a role covers whatever has this name."));
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

    if (!verdict.paths.isEmpty() && !verdict.paths.first().conditional && verdict.denied.isEmpty()) {
        verdict.answer = Verdict::Answer::Yes;
        return verdict;
    }
    verdict.answer = !verdict.paths.isEmpty()                                             ? Verdict::Answer::Conditional
        : isTakenAway                                                                     ? Verdict::Answer::No // whatever else it may hold
        : verdict.caveats.isEmpty() && unknown.paths.isEmpty() && unclear.paths.isEmpty() ? Verdict::Answer::No
                                                                                          : Verdict::Answer::NotSeen;
    for (const std::vector<uint32_t> &chain : d->idleChains(at)) {
        std::vector<Holding> idle;
        for (Holding holding : d->own(chain.front())) {
            holding.via = static_cast<int32_t>(d->nodes[chain.front()].linkFrom);
            idle.push_back(holding);
        }
        for (const QList<AccessPath> paths = pathsOf(idle); AccessPath path : paths) {
            path.containers.clear();
            for (const uint32_t container : chain) {
                path.containers.append(d->nodes[container].self);
            }
            notEnabled.paths.append(std::move(path));
        }
    }
    QSet<QString> others;
    const QString entity = asked.section(u':', 0, 1) + u':';
    const auto entityWords = d->roles.wordsOf(entity + u'*');
    for (const Holding &holding : held) {
        AccessPath path = d->route(holding);
        for (const RoleTable::Atom &atom : d->roles.role(holding.role).atoms) {
            const RoleTable::Words words = d->roles.wordsOf(atom.permission);
            if (!entityWords->covers(words) || isDenied(d->denials(refs, words))) {
                continue;
            }
            d->complete(path, atom.permission, d->roles.role(holding.role).lines[atom.line]);
            if (const QString text = d->roles.permissionText(atom.permission);
                text.startsWith(entity) && text != asked && reachOf(path, divisionId) == Reach::Yes) {
                others.insert(text);
            }
        }
    }
    otherAction.permissions = QStringList(others.cbegin(), others.cend());
    otherAction.permissions.sort();
    for (Verdict::Miss *miss : {&denied, &unknown, &unclear, &elsewhere, &notEnabled, &otherAction}) {
        if (!miss->paths.isEmpty() || !miss->permissions.isEmpty()) {
            verdict.misses.append(std::move(*miss));
        }
    }
    return verdict;
}

} // namespace Orgtrace::Access
