#include "access/rightsindex.h"

#include <algorithm>

namespace Orgtrace::Ui {

IndexPtr RightsIndex::build(std::shared_ptr<const Access::AccessModel> model, const std::shared_ptr<const Policy::Policy> &policy,
                            const CancellationToken &cancel)
{
    auto made = std::make_shared<RightsIndex>();
    const Access::Resolver &resolver = model->resolver();
    made->subjects = resolver.subjects();
    made->roles = resolver.roles();
    made->divisions = resolver.divisions();
    for (int i = 0; i < made->subjects.size(); ++i) {
        made->m_subjectAt.insert(made->subjects[i].id, i);
    }
    for (int i = 0; i < made->roles.size(); ++i) {
        made->m_roleAt.insert(made->roles[i].id, i);
        if (policy) {
            for (const QString &permission : std::as_const(made->roles[i].permissions)) {
                if (!made->highRisk.contains(permission) && policy->isHighRisk(permission)) {
                    made->highRisk.insert(permission);
                }
            }
        }
    }
    made->ofSubject.resize(size_t(made->subjects.size()));
    made->membersOf.resize(size_t(made->subjects.size()));
    made->ofRole.resize(size_t(made->roles.size()));
    for (int at = 0; at < made->subjects.size(); ++at) {
        if (cancel.isCancelled()) {
            return nullptr;
        }
        const Access::EffectiveAccess access = resolver.effective(made->subjects[at]);
        for (const Access::Subject &container : access.containers) {
            if (const int via = made->subjectAt(container.id); via >= 0) {
                made->membersOf[size_t(via)].push_back(at);
            }
        }
        std::vector<Holding> &held = made->ofSubject[size_t(at)];
        for (const Access::EffectivePermission &permission : access.permissions) {
            for (const Access::AccessPath &path : permission.paths) {
                const int role = made->roleAt(path.roleId);
                const int via = path.containerId.isEmpty() ? -1 : made->subjectAt(path.containerId);
                const bool isKnown = role < 0
                    || std::ranges::any_of(
                                         held,
                                         [&](const Holding &holding) {
                                             return holding.role == role && holding.via == via && holding.synthetic == path.synthetic
                                                 && holding.divisionId == path.divisionId;
                                         });
                if (!isKnown) {
                    held.push_back({at, role, via, path.divisionId, path.divisionName, path.synthetic});
                }
            }
        }
        for (const Holding &holding : held) {
            made->ofRole[size_t(holding.role)].push_back(holding);
        }
    }
    made->model = std::move(model);
    return made;
}

} // namespace Orgtrace::Ui
