#include "access/nodes.h"

using namespace Qt::StringLiterals;

namespace Orgtrace::Access {

Json::Node subjectNode(const Subject &subject)
{
    Json::Node node;
    node["id"] = subject.id;
    node["name"] = subject.name;
    node["kind"] = subjectKindName(subject.kind);
    return node;
}

Json::Node denialNodes(const QList<Denial> &denials)
{
    Json::Node list = Json::Node::array();
    for (const Denial &denial : denials) {
        Json::Node node;
        node["policy"] = denial.policyId;
        node["policyName"] = denial.policyName;
        node["target"] = denial.target;
        node["conditional"] = denial.conditional;
        node["why"] = Json::Node(denial.why);
        list.append(std::move(node));
    }
    return list;
}

Json::Node containerNodes(const QList<Subject> &containers)
{
    Json::Node list = Json::Node::array();
    for (const Subject &container : containers) {
        list.append(subjectNode(container));
    }
    return list;
}

Json::Node pathNode(const AccessPath &path)
{
    Json::Node node;
    node["via"] = path.via == SubjectKind::User ? u"direct"_s : subjectKindName(path.via);
    node["container"] = path.containerId;
    node["containerName"] = path.containerName;
    node["containers"] = containerNodes(path.containers);
    node["role"] = path.roleId;
    node["roleName"] = path.roleName;
    node["division"] = path.divisionId;
    node["divisionName"] = path.divisionName;
    node["divisionAware"] = path.divisionAware;
    node["divisionUnclear"] = path.divisionUnclear;
    node["policy"] = path.policy;
    node["conditional"] = path.conditional;
    node["synthetic"] = path.synthetic;
    return node;
}

} // namespace Orgtrace::Access
