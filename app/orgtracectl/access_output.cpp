#include "orgtracectl/access_output.h"

#include "operations/accessreview.h"
#include "orgtracectl/command.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

Result<AccessAt> accessAt(Context &context, const std::string &revision)
{
    const Result<Operations::Workspace *> workspace = context.reader();
    if (!workspace) {
        return std::unexpected(workspace.error());
    }
    auto summary = (*workspace)->resolve(q(revision));
    if (!summary) {
        return std::unexpected(summary.error());
    }
    const Result<Evidence::Snapshot> snapshot = (*workspace)->store().snapshot(summary->id);
    if (!snapshot) {
        return std::unexpected(snapshot.error());
    }
    const Result<Policy::AccessRules> rules = Operations::storeAccessRules((*workspace)->folder()); // it says whether policies are enforced
    if (!rules) {
        return std::unexpected(rules.error());
    }
    auto model = Access::AccessModel::build(*snapshot, rules->arePoliciesEnforced);
    if (!model) {
        return std::unexpected(model.error());
    }
    return AccessAt{*std::move(summary), *std::move(model)};
}

QString divisionText(const QString &id, const QString &name)
{
    return id == u"*"  ? u"all divisions"_s
        : id.isEmpty() ? u"a division that the grant does not name"_s
                       : oneLine(name.isEmpty() ? id : name, 60);
}

QString viaText(const QList<Access::Subject> &containers)
{
    if (containers.isEmpty()) {
        return u"direct"_s;
    }
    constexpr qsizetype StepsAtMost = 8; // --json has all
    QStringList steps; // from the subject outwards
    for (auto it = containers.crbegin(); it != containers.crend() && steps.size() < StepsAtMost; ++it) {
        steps.append(Access::subjectKindName(it->kind) + u' ' + oneLine(it->name.isEmpty() ? it->id : it->name, 60));
    }
    if (steps.size() < containers.size()) {
        steps.append(u"…"_s);
    }
    return steps.join(u" in "_s) + (containers.size() > 1 ? u" (nested)"_s : QString());
}

QString denialText(const Access::Denial &denial)
{
    return (denial.conditional ? u"may be denied by access policy "_s : u"denied by access policy "_s) + oneLine(denial.policyName, 80)
        + u" ("_s + oneLine(denial.target, 120) + u')'
        + (denial.why.isEmpty() ? QString() : QString(u": "_s + oneLine(denial.why.join(u' '), 300)));
}

QString pathText(const Access::AccessPath &path)
{
    QString text = viaText(path.containers);
    text += u" → "_s + oneLine(path.roleName, 60) + u" in "_s + divisionText(path.divisionId, path.divisionName) + u" → "_s
        + oneLine(path.policy, 200);
    if (path.conditional) {
        text += u" (conditional)"_s;
    }
    if (path.divisionUnclear && !path.divisionId.isEmpty() && path.divisionId != u"*") {
        text += u" (nothing says whether divisions matter to it)"_s;
    }
    if (path.synthetic) {
        text += u" (synthetic team grant)"_s;
    }
    return text;
}

} // namespace Orgtrace::Ctl
