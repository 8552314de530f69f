#include "orgtracectl/access_output.h"

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
    auto model = Access::AccessModel::build(*snapshot);
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

QString pathText(const Access::AccessPath &path)
{
    QString text
        = path.via == Access::SubjectKind::User ? u"direct"_s : Access::subjectKindName(path.via) + u' ' + oneLine(path.containerName, 60);
    text += u" → "_s + oneLine(path.roleName, 60) + u" in "_s + divisionText(path.divisionId, path.divisionName) + u" → "_s + path.policy;
    if (path.conditional) {
        text += u" (conditional)"_s;
    }
    if (path.synthetic) {
        text += u" (synthetic team grant)"_s;
    }
    return text;
}

Json::Node pathNode(const Access::AccessPath &path)
{
    Json::Node node;
    node["via"] = path.via == Access::SubjectKind::User ? u"direct"_s : Access::subjectKindName(path.via);
    node["container"] = path.containerId;
    node["containerName"] = path.containerName;
    node["role"] = path.roleId;
    node["roleName"] = path.roleName;
    node["division"] = path.divisionId;
    node["divisionName"] = path.divisionName;
    node["divisionAware"] = path.divisionAware;
    node["policy"] = path.policy;
    node["conditional"] = path.conditional;
    node["synthetic"] = path.synthetic;
    return node;
}

Json::Node subjectNode(const Access::Subject &subject)
{
    Json::Node node;
    node["id"] = subject.id;
    node["name"] = subject.name;
    node["kind"] = Access::subjectKindName(subject.kind);
    return node;
}

} // namespace Orgtrace::Ctl
