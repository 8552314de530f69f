#pragma once

#include "access/access.h"
#include "access/outline.h"
#include "base/cancellation.h"
#include "policy/policy.h"

#include <QHash>
#include <QSet>

#include <memory>
#include <vector>

namespace Orgtrace::Ui {

/// Who holds which role, where and through what, in one snapshot, by numbers: what the trees that start from a role, a permission, a group or a division
/// are filled from. Immutable; made on a worker from the resolver's public answers, in about the time that reading every subject's rights takes.
struct RightsIndex {
    /// A role held by a subject; distinct.
    struct Holding {
        int subject = 0, role = 0;
        int via = -1; ///< the group or team among the subjects; -1: direct
        QString divisionId, divisionName; ///< "*": all; empty id: the grant names none
        bool synthetic = false;
    };
    std::shared_ptr<const Access::AccessModel> model;
    QList<Access::Subject> subjects; ///< by kind, then name
    QList<Access::RoleContent> roles; ///< by name
    QList<Access::Division> divisions; ///< by name
    std::vector<std::vector<Holding>> ofSubject, ofRole; ///< by place in subjects and roles
    std::vector<std::vector<int>> membersOf; ///< by place in subjects: of groups and teams
    QSet<QString> highRisk; ///< permissions, by the policy

    [[nodiscard]] int subjectAt(const QString &id) const { return m_subjectAt.value(id, -1); }
    [[nodiscard]] int roleAt(const QString &id) const { return m_roleAt.value(id, -1); }

    /// @param policy null: nothing is of high risk. nullptr where cancelled.
    [[nodiscard]] static std::shared_ptr<const RightsIndex> build(std::shared_ptr<const Access::AccessModel> model,
                                                                  const std::shared_ptr<const Policy::Policy> &policy,
                                                                  const CancellationToken &cancel);

private:
    QHash<QString, int> m_subjectAt, m_roleAt;
};
using IndexPtr = std::shared_ptr<const RightsIndex>;

/// Whether a grant in a division reaches another; an empty wanted one is anywhere. A grant that names none may.
[[nodiscard]] inline bool reaches(const RightsIndex::Holding &holding, const QString &divisionId)
{
    return divisionId.isEmpty() || holding.divisionId.isEmpty() || holding.divisionId == u"*" || holding.divisionId == divisionId;
}

} // namespace Orgtrace::Ui
