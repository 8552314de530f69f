#include "access/slicecoverage.h"

#include "compare/coverage.h"

#include <algorithm>

namespace Orgtrace::Access {

namespace {

/// A domain that an answer about a kind of subject rests on.
struct SliceNeed {
    QString domain;
    bool isOptional = false; ///< an organisation may do without: then there is nothing to see
};

QList<SliceNeed> needsOf(const SliceNeeds &needs)
{
    QList<SliceNeed> list{
        {QStringLiteral("roles"), false}, {QStringLiteral("grants"), false}, {QStringLiteral("permissions_catalogue"), false}};
    if (needs.kind == SubjectKind::OAuthClient) {
        list.append({QStringLiteral("oauth_clients"), true});
    } else if (needs.kind == SubjectKind::User || needs.kind == SubjectKind::Group) {
        list.append({QStringLiteral("groups"), true}); // whether a group's roles reach anybody
    }
    if (needs.kind == SubjectKind::User) {
        list.append({QStringLiteral("group_members"), true});
    }
    if (needs.doTeamsMatter && (needs.kind == SubjectKind::User || needs.kind == SubjectKind::Team)) {
        list.append({QStringLiteral("teams"), true});
        list.append({QStringLiteral("team_members"), true});
    }
    return list;
}

QString notRead(const Evidence::LedgerRow &row)
{
    return QStringLiteral("Domain %1 was not read in this capture (%2)%3.")
        .arg(row.domain, row.reason.isEmpty() ? Evidence::ledgerStateName(row.state) : row.reason,
             row.observedIn.isEmpty() ? QString() : QStringLiteral("; what is shown is of snapshot %1").arg(row.observedIn.left(10)));
}

QString seenInPart(const QString &domain, const QString &why)
{
    return QStringLiteral("Domain %1 was seen in part (%2).").arg(domain, why);
}

QSet<QString> failedOf(const Evidence::LedgerRow &row)
{
    QSet<QString> failed(row.failedParents.cbegin(), row.failedParents.cend());
    for (const Evidence::Quarantined &entity : row.quarantined) {
        failed.insert(entity.id);
    }
    return failed;
}

QString notReadable(const QString &domain, qsizetype count)
{
    return QStringLiteral("%1 entities of domain %2 could not be read in this capture.").arg(QString::number(count), domain);
}

bool isSeen(const Evidence::LedgerRow &row, bool isOptional)
{
    return row.state == Evidence::LedgerState::Complete || (row.state == Evidence::LedgerState::NotOffered && isOptional);
}

void coverPolicies(const Evidence::Manifest &manifest, const QHash<QString, QString> &shortened, SliceCoverage &coverage)
{
    const QString domain = QStringLiteral("access_policies");
    const Evidence::LedgerRow *row = manifest.row(domain);
    coverage.werePoliciesAsked = row && !Compare::wasNotAsked(*row);
    if (!row) {
        coverage.policies = QStringLiteral("Domain %1 is not part of this snapshot.").arg(domain);
    } else if (!isSeen(*row, true)) {
        coverage.policies = notRead(*row);
    } else if (const QSet<QString> failed = failedOf(*row); !failed.isEmpty()) {
        coverage.policies = notReadable(domain, failed.size());
    } else if (shortened.contains(domain)) {
        coverage.policies = seenInPart(domain, shortened[domain]);
    }
}

} // namespace

QByteArray rootOf(const Evidence::Manifest &manifest, const QString &domain)
{
    const Evidence::LedgerRow *row = manifest.row(domain);
    return !row ? QByteArrayLiteral("-") : row->root.toLatin1();
}

SliceCoverage sliceCoverage(const Evidence::Manifest &manifest, const SliceNeeds &needs, const QHash<QString, QString> &shortened)
{
    SliceCoverage coverage;
    for (const QList<SliceNeed> list = needsOf(needs); const SliceNeed &need : list) {
        const Evidence::LedgerRow *row = manifest.row(need.domain);
        if (!row) {
            coverage.gaps.append(QStringLiteral("Domain %1 is not part of this snapshot.").arg(need.domain));
            continue;
        }
        if (!isSeen(*row, need.isOptional)) {
            coverage.gaps.append(notRead(*row));
            continue;
        }
        if (const QSet<QString> failed = failedOf(*row); !failed.isEmpty()) {
            coverage.holes.append(notReadable(need.domain, failed.size()));
            coverage.failed.insert(need.domain, failed);
        }
        if (const auto part = shortened.constFind(need.domain); part != shortened.constEnd()) {
            coverage.holes.append(seenInPart(need.domain, *part));
        }
        const QDateTime from = row->firstRequestUtc.addMSecs(row->clockOffsetMs), to = row->lastResponseUtc.addMSecs(row->clockOffsetMs);
        if (from.isValid() && (!coverage.fromUtc.isValid() || from < coverage.fromUtc)) {
            coverage.fromUtc = from;
        }
        if (to.isValid() && (!coverage.toUtc.isValid() || to > coverage.toUtc)) {
            coverage.toUtc = to;
            coverage.clockOffsetMs = row->clockOffsetMs;
        }
    }
    // Where none of them says a time: the capture's own, by the same clock as those of all other snapshots.
    if (!coverage.toUtc.isValid() && !manifest.ledger.isEmpty()) {
        coverage.clockOffsetMs = manifest.ledger.first().clockOffsetMs;
    }
    if (!coverage.fromUtc.isValid()) {
        coverage.fromUtc = manifest.startedUtc.addMSecs(coverage.clockOffsetMs);
    }
    if (!coverage.toUtc.isValid()) {
        coverage.toUtc = manifest.finishedUtc.addMSecs(coverage.clockOffsetMs);
    }
    coverPolicies(manifest, shortened, coverage);
    return coverage;
}

bool isWhole(const AccessPath &path, const Subject &subject, const SliceCoverage::IdsByDomain &failed)
{
    const auto isFailed = [&](const QString &domain, const QString &id) { return failed.value(domain).contains(id); };
    // Grants are read by subject, or by role in a sweep over roles.
    if (isFailed(QStringLiteral("roles"), path.roleId) || isFailed(QStringLiteral("grants"), path.roleId)
        || isFailed(QStringLiteral("grants"), path.containerId.isEmpty() ? subject.id : path.containerId)
        || (subject.kind == SubjectKind::OAuthClient && isFailed(QStringLiteral("oauth_clients"), subject.id))
        || (subject.kind == SubjectKind::Group && isFailed(QStringLiteral("groups"), subject.id))
        || (subject.kind == SubjectKind::Team && isFailed(QStringLiteral("teams"), subject.id))) {
        return false;
    }
    const auto isUnread = [&](SubjectKind kind, const QString &id) {
        const bool isTeam = kind == SubjectKind::Team;
        return isFailed(isTeam ? QStringLiteral("teams") : QStringLiteral("groups"), id)
            || isFailed(isTeam ? QStringLiteral("team_members") : QStringLiteral("group_members"), id);
    };
    return std::ranges::none_of(path.containers, [&](const Subject &one) { return isUnread(one.kind, one.id); })
        && (path.containerId.isEmpty() || !isUnread(path.via, path.containerId));
}

} // namespace Orgtrace::Access
