#pragma once

#include "access/model.h"
#include "evidence/store.h"

#include <QDateTime>
#include <QSet>

/// What one snapshot did not see of what an answer about one subject rests on. For subjectslice.cpp.
namespace Orgtrace::Access {

struct SliceNeeds {
    SubjectKind kind = SubjectKind::Unknown;
    bool doTeamsMatter = false; ///< somewhere a team holds grants, or a policy names one
};

struct SliceCoverage {
    using IdsByDomain = QHash<QString, QSet<QString>>;

    QStringList gaps; ///< whole domains, a sentence each
    QStringList holes; ///< single entities, and domains of which the client of the capture sees a part
    IdsByDomain failed; ///< entities that could not be read
    /// Access policies are told apart: they take away, and an organisation may have none. Empty: they were seen whole.
    QString policies;
    bool werePoliciesAsked = false; ///< they were, and not got whole
    QDateTime fromUtc, toUtc; ///< first request, last response, by the server's clock
    qint64 clockOffsetMs = 0; ///< how far that is ahead of the clock of whoever captured
};

/// @param shortened domains whose lists may be shorter than the truth, and why, as of Compare::shortenedDomains()
[[nodiscard]] SliceCoverage sliceCoverage(const Evidence::Manifest &manifest, const SliceNeeds &needs,
                                          const QHash<QString, QString> &shortened);

/// The root of a domain, by which equal content is known; empty where the manifest does not say one.
[[nodiscard]] QByteArray rootOf(const Evidence::Manifest &manifest, const QString &domain);

/// Whether a path rests on nothing that failed to be read: its role, its grant, and every membership of its chain.
[[nodiscard]] bool isWhole(const AccessPath &path, const Subject &subject, const SliceCoverage::IdsByDomain &failed);

} // namespace Orgtrace::Access
